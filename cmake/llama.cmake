# The engine of the embedded model: llama.cpp, linked statically into the program.
#
#   RECON_LLAMA=AUTO  build with the engine if it is at hand, else say so and go on without (default)
#   RECON_LLAMA=ON    it must be there; where no source is, the pinned one is downloaded
#   RECON_LLAMA=OFF   build without
#
# Where it is looked for, in this order:
#   1. an installed package (find_package(llama CONFIG)) whose interface fits
#   2. the source folder RECON_LLAMA_SOURCE_DIR (default engine/llama.cpp, which scripts/fetch_engine.sh fills)
#   3. with RECON_LLAMA=ON: an archive at RECON_LLAMA_URL with the digest RECON_LLAMA_SHA256 where these are given, else
#      what scripts/fetch_engine.sh downloads (pinned by its SHA-256)
#
# From source it is built once, while configuring, into build/engine-HASH (HASH: source, options and compiler), and
# shared by all presets: always optimised and without sanitizers.
#
# Result: RECON_HAVE_LLAMA and the interface target recon_llama_engine.
set(RECON_HAVE_LLAMA FALSE)
set(RECON_LLAMA_SOURCE_DIR "" CACHE PATH "Source folder of llama.cpp (default: engine/llama.cpp)")
set(RECON_LLAMA_URL "" CACHE STRING "Archive of llama.cpp, or of a package that holds it in vendor/llama.cpp; needs RECON_LLAMA_SHA256")
set(RECON_LLAMA_SHA256 "" CACHE STRING "SHA-256 of the archive at RECON_LLAMA_URL")
set(RECON_LLAMA_BUILD_ROOT "${PROJECT_SOURCE_DIR}/build" CACHE PATH "Where the engine's own build folder lies")
set(RECON_LLAMA_JOBS 2 CACHE STRING "Parallel compilations while building the engine")
set(RECON_LLAMA_OPTIONS "" CACHE STRING "More options of the engine's own build, as -DGGML_AVX512=ON")

# The interface's structs change between versions: whether an installed package fits is tried, not guessed.
function(recon_llama_try_installed)
  find_package(llama CONFIG QUIET)
  if(NOT llama_FOUND)
    return()
  endif()
  set(probe "${CMAKE_BINARY_DIR}/llama_probe.cpp")
  file(WRITE "${probe}" "#include <llama.h>
    int main() {
      llama_context_params params = llama_context_default_params();
      params.kv_unified = true;
      params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
      llama_memory_seq_cp(nullptr, 0, 1, -1, -1);
      return llama_version() == nullptr;
    }")
  try_compile(fits "${CMAKE_BINARY_DIR}/llama_probe" SOURCES "${probe}" LINK_LIBRARIES llama
              CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${LLAMA_INCLUDE_DIR}")
  if(NOT fits)
    message(STATUS "Engine: the installed llama package has another interface; not used")
    return()
  endif()
  add_library(recon_llama_engine INTERFACE)
  target_link_libraries(recon_llama_engine INTERFACE llama)
  target_include_directories(recon_llama_engine SYSTEM INTERFACE ${LLAMA_INCLUDE_DIR})
  target_compile_definitions(recon_llama_engine INTERFACE RECON_LLAMA_BUILD="package-${llama_VERSION}")
  set(RECON_HAVE_LLAMA TRUE PARENT_SCOPE)
  message(STATUS "Engine: installed package llama ${llama_VERSION}")
endfunction()

# Downloads the source; sets RECON_LLAMA_FETCHED to its folder.
function(recon_llama_fetch)
  if(RECON_LLAMA_URL)
    include(FetchContent)
    FetchContent_Declare(recon_llama_archive URL "${RECON_LLAMA_URL}" URL_HASH "SHA256=${RECON_LLAMA_SHA256}"
                         DOWNLOAD_EXTRACT_TIMESTAMP FALSE SOURCE_SUBDIR nothing-is-configured-here)
    FetchContent_MakeAvailable(recon_llama_archive)
    set(folder "${recon_llama_archive_SOURCE_DIR}")
    if(EXISTS "${folder}/vendor/llama.cpp/include/llama.h")
      set(folder "${folder}/vendor/llama.cpp")
    endif()
  else()
    execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/fetch_engine.sh" RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
      message(FATAL_ERROR "Engine: RECON_LLAMA=ON, but its source can't be had (see above)")
    endif()
    set(folder "${PROJECT_SOURCE_DIR}/engine/llama.cpp")
  endif()
  set(RECON_LLAMA_FETCHED "${folder}" PARENT_SCOPE)
endfunction()

# Options of the engine's own build; the same on every machine of one architecture.
function(recon_llama_engine_options result)
  set(options
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON
      -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF
      -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF
      -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_SUBPROCESS=OFF -DLLAMA_ALL_WARNINGS=OFF
      -DGGML_CCACHE=OFF
      # Threads of OpenMP sleep at barriers when others want the cores; llama.cpp's own spin there until all have come, which
      # takes a hundred times as long on a busy machine.
      -DGGML_OPENMP=ON -DGGML_BLAS=OFF -DGGML_ACCELERATE=OFF -DGGML_METAL=OFF
      # Named, not detected: detection is silently off where SOURCE_DATE_EPOCH is set, and a binary built on one machine
      # must run on the next.
      -DGGML_NATIVE=OFF)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND options -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON)
  endif()
  list(APPEND options ${RECON_LLAMA_OPTIONS})
  set(${result} "${options}" PARENT_SCOPE)
endfunction()

# Runs one step of the engine's build; a failure is fatal with RECON_LLAMA=ON and a warning otherwise.
function(recon_llama_step ok what log)
  set(${ok} TRUE PARENT_SCOPE)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_FILE "${log}" ERROR_FILE "${log}")
  if(NOT code EQUAL 0)
    set(${ok} FALSE PARENT_SCOPE)
    set(message "Engine: ${what} failed (${code}), see ${log}")
    if(RECON_LLAMA STREQUAL "ON")
      message(FATAL_ERROR "${message}")
    endif()
    message(WARNING "${message}; building without the embedded model")
  endif()
endfunction()

# Configures, builds and installs the source folder into build/engine-HASH, unless that is done already.
function(recon_llama_from_source source)
  recon_llama_engine_options(options)
  set(mark "")
  if(EXISTS "${source}/.recon-source")
    file(READ "${source}/.recon-source" mark)
  endif()
  file(SHA256 "${source}/include/llama.h" interface)
  string(SHA256 hash "${options};${mark};${interface};${CMAKE_CXX_COMPILER_ID};${CMAKE_CXX_COMPILER_VERSION};${CMAKE_SYSTEM_PROCESSOR}")
  string(SUBSTRING "${hash}" 0 12 hash)
  set(folder "${RECON_LLAMA_BUILD_ROOT}/engine-${hash}")
  set(installed "${folder}/installed")

  # One at a time: presets may be configured side by side.
  file(MAKE_DIRECTORY "${folder}")
  file(LOCK "${folder}/lock" GUARD FUNCTION TIMEOUT 1800)
  if(NOT EXISTS "${folder}/complete")
    message(STATUS "Engine: building llama.cpp once into ${folder} (some minutes)")
    set(launchers "")
    if(CCACHE_PROGRAM)
      set(launchers -DCMAKE_C_COMPILER_LAUNCHER=${CCACHE_PROGRAM} -DCMAKE_CXX_COMPILER_LAUNCHER=${CCACHE_PROGRAM})
    endif()
    recon_llama_step(ok "configuring" "${folder}/configure.log"
                     ${CMAKE_COMMAND} -S "${source}" -B "${folder}/build" -G "${CMAKE_GENERATOR}"
                     -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                     -DCMAKE_INSTALL_PREFIX=${installed} -DCMAKE_INSTALL_LIBDIR=lib ${launchers} ${options})
    if(ok)
      recon_llama_step(ok "building" "${folder}/build.log"
                       ${CMAKE_COMMAND} --build "${folder}/build" --parallel ${RECON_LLAMA_JOBS})
    endif()
    if(ok)
      recon_llama_step(ok "installing" "${folder}/install.log" ${CMAKE_COMMAND} --install "${folder}/build")
    endif()
    if(NOT ok)
      return()
    endif()
    file(WRITE "${folder}/complete" "${options}\n${mark}\n")
  endif()

  add_library(recon_llama_engine INTERFACE)
  target_include_directories(recon_llama_engine SYSTEM INTERFACE "${installed}/include")
  foreach(library llama ggml ggml-cpu ggml-base)
    target_link_libraries(recon_llama_engine INTERFACE "${installed}/lib/lib${library}.a")
  endforeach()
  target_link_libraries(recon_llama_engine INTERFACE OpenMP::OpenMP_CXX Threads::Threads ${CMAKE_DL_LIBS} m)
  target_compile_definitions(recon_llama_engine INTERFACE RECON_LLAMA_BUILD="${hash}")
  set(RECON_HAVE_LLAMA TRUE PARENT_SCOPE)
  message(STATUS "Engine: llama.cpp in ${folder}")
endfunction()

if(NOT RECON_LLAMA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "RECON_LLAMA is '${RECON_LLAMA}'; it must be AUTO, ON or OFF")
endif()
if(NOT RECON_LLAMA STREQUAL "OFF")
  recon_llama_try_installed()
  if(NOT RECON_HAVE_LLAMA)
    set(recon_llama_source "${RECON_LLAMA_SOURCE_DIR}")
    if(NOT recon_llama_source AND EXISTS "${PROJECT_SOURCE_DIR}/engine/llama.cpp/include/llama.h")
      set(recon_llama_source "${PROJECT_SOURCE_DIR}/engine/llama.cpp")
    endif()
    if(NOT recon_llama_source AND RECON_LLAMA STREQUAL "ON")
      recon_llama_fetch()
      set(recon_llama_source "${RECON_LLAMA_FETCHED}")
    endif()
    if(recon_llama_source AND NOT EXISTS "${recon_llama_source}/include/llama.h")
      message(FATAL_ERROR "Engine: RECON_LLAMA_SOURCE_DIR=${recon_llama_source} holds no source of llama.cpp")
    endif()
    if(recon_llama_source)
      recon_llama_from_source("${recon_llama_source}")
    endif()
  endif()
endif()
if(NOT RECON_HAVE_LLAMA)
  message(STATUS "Engine: none; the program is built without the embedded model (scripts/fetch_engine.sh gets its source)")
endif()
