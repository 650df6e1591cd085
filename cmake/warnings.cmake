# Warnings and sanitizers shared by every target of this project; third-party code is not affected.
add_library(recon_options INTERFACE)
target_compile_options(recon_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                       -Wold-style-cast -Woverloaded-virtual -Wnull-dereference)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside inlined standard-library code where nothing is wrong.
  target_compile_options(recon_options INTERFACE -Wno-null-dereference -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(RECON_WERROR)
  target_compile_options(recon_options INTERFACE -Werror)
endif()
if(RECON_FUZZ)
  target_compile_options(recon_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(RECON_SANITIZE)
  target_compile_options(recon_options INTERFACE -fsanitize=${RECON_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(recon_options INTERFACE -fsanitize=${RECON_SANITIZE})
endif()
