# The Python package: built into a wheel by the compiler of this build, over its libraries, installed into an environment
# of its own, and used there. Reported as skipped (77) where pip cannot reach a registry. The environment and the objects
# are kept.
find_program(LPRNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(LPRNET_PYTHON python3)
if(LPRNET_PYTHON AND LPRNET_INSTALL AND LPRNET_BUILD_TOOLS AND NOT CMAKE_CROSSCOMPILING
   AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(environment "LPRNET_TREE=${PROJECT_BINARY_DIR}" "LPRNET_CXX=${CMAKE_CXX_COMPILER}" "LPRNET_CMAKE=${CMAKE_COMMAND}"
      "LPRNET_STRICT=${CMAKE_COMPILE_WARNING_AS_ERROR}" "LPRNET_SHARED=${LPRNET_SHARED_DIR}"
      "CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}")
  add_test(NAME python.package COMMAND ${LPRNET_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/run.py)
  set_tests_properties(python.package PROPERTIES FIXTURES_SETUP python_package)
  add_test(NAME python.batch COMMAND ${LPRNET_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/batch.py)
  set_tests_properties(python.batch PROPERTIES FIXTURES_REQUIRED python_package)
  set(python_tests python.package python.batch)
  # Compiles the whole library again: seconds where a cache has the objects of this build, else minutes.
  if(CMAKE_CXX_COMPILER_LAUNCHER)
    add_test(NAME python.from_sources COMMAND ${LPRNET_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/from_sources.py)
    list(APPEND python_tests python.from_sources)
  endif()
  set_tests_properties(${python_tests} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1800 LABELS "python"
                       ENVIRONMENT "${environment}")
  set_property(TEST python.package APPEND PROPERTY LABELS shared)
endif()
