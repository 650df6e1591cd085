# Every library the program uses, with the Debian package it comes from (installed by scripts/setup.sh).
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(CURL REQUIRED)            # libcurl4-openssl-dev
find_package(OpenSSL REQUIRED)         # libssl-dev: SHA-256
find_package(nlohmann_json REQUIRED)   # nlohmann-json3-dev
find_package(CLI11 REQUIRED)           # libcli11-dev
find_package(fmt REQUIRED)             # libfmt-dev
find_package(spdlog REQUIRED)          # libspdlog-dev
find_package(yaml-cpp REQUIRED)        # libyaml-cpp-dev
find_package(zstd REQUIRED)            # libzstd-dev
find_package(simdjson REQUIRED)        # libsimdjson-dev
find_package(EXPAT REQUIRED)           # libexpat1-dev: XML
find_package(PkgConfig REQUIRED)       # pkg-config
pkg_check_modules(gumbo REQUIRED IMPORTED_TARGET gumbo)  # libgumbo-dev: HTML
find_package(SQLiteCpp REQUIRED)       # libsqlitecpp-dev
if(NOT RECON_SANITIZE)                 # sanitizers bring an allocator of their own
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)  # libjemalloc-dev: memory that goes from thread to thread
endif()
find_package(Boost REQUIRED)           # libboost-math-dev: distributions
if(NOT RECON_FUZZ)                     # fuzzing builds core and ingest alone, and clang has no OpenMP of its own
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  find_package(faiss REQUIRED)         # libfaiss-dev, libopenblas-dev
endif()
find_path(MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)  # libkainjow-mustache-dev
if(RECON_TESTS)
  find_package(GTest REQUIRED)         # libgtest-dev, libgmock-dev
endif()
