# One static library per floor. Its private headers lie beside its sources, its public ones in include/recon/FLOOR.
#
#   recon_floor(NAME SOURCES a.cpp ... DEPENDS floor ... LIBRARIES private ... PUBLIC_LIBRARIES ...)
function(recon_floor name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES;PUBLIC_LIBRARIES" ${ARGN})
  add_library(recon_${name} STATIC ${ARG_SOURCES})
  target_include_directories(recon_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(dependency IN LISTS ARG_DEPENDS)
    target_link_libraries(recon_${name} PUBLIC recon_${dependency})
  endforeach()
  target_link_libraries(recon_${name} PUBLIC ${ARG_PUBLIC_LIBRARIES} PRIVATE recon_options ${ARG_LIBRARIES})
endfunction()

# The unit tests of one floor: one executable, every case its own ctest entry. Private parts are tested by themselves.
#
#   recon_floor_tests(NAME SOURCES a_test.cpp ... [LIBRARIES ...])
function(recon_floor_tests name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(recon_${name}_tests ${ARG_SOURCES})
  target_link_libraries(recon_${name}_tests PRIVATE recon_${name} recon_options GTest::gmock GTest::gtest_main ${ARG_LIBRARIES})
  target_include_directories(recon_${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/src/${name} ${PROJECT_SOURCE_DIR}/tests/support
                                                         ${PROJECT_BINARY_DIR}/generated)
  gtest_discover_tests(recon_${name}_tests TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
