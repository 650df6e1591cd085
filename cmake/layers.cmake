# One static library per layer. A layer sees only the layers and libraries named here, so that the
# direction of dependencies is enforced by the compiler and the linker.
#
#   recon_layer(NAME SOURCES a.cpp ... DEPENDS layer ... LIBRARIES private ... PUBLIC_LIBRARIES ...)
function(recon_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES;PUBLIC_LIBRARIES" ${ARGN})
  add_library(recon_${name} STATIC ${ARG_SOURCES})
  target_include_directories(recon_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(recon_${name} PUBLIC recon_${dependency})
  endforeach()
  target_link_libraries(recon_${name} PUBLIC ${ARG_PUBLIC_LIBRARIES} PRIVATE recon_options ${ARG_LIBRARIES})
endfunction()

# The unit tests of one layer: one executable, every case its own ctest entry.
#
#   recon_layer_tests(NAME SOURCES a_test.cpp ... [LIBRARIES ...])
function(recon_layer_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(recon_${name}_tests ${ARG_SOURCES})
  target_link_libraries(recon_${name}_tests PRIVATE recon_${name} recon_options GTest::gmock GTest::gtest_main ${ARG_LIBRARIES})
  target_include_directories(recon_${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
  target_include_directories(recon_${name}_tests PRIVATE ${PROJECT_BINARY_DIR}/generated)
  gtest_discover_tests(recon_${name}_tests TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
