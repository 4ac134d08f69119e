# The Python package: built into a wheel by the compiler of this build, installed into an environment of its own, and
# used there. Reported as skipped (77) where pip cannot reach a registry. The environment and the objects are kept.
find_program(LPRNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(LPRNET_PYTHON python3)
if(LPRNET_PYTHON AND NOT CMAKE_CROSSCOMPILING AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(environment "LPRNET_BUILD=${PROJECT_BINARY_DIR}/python" "LPRNET_CXX=${CMAKE_CXX_COMPILER}"
      "LPRNET_WITH_LIBJPEG=${LPRNET_WITH_LIBJPEG}" "LPRNET_WITH_LIBPNG=${LPRNET_WITH_LIBPNG}"
      "CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}" "LPRNET_SHARED=${LPRNET_SHARED_DIR}")
  add_test(NAME python.package COMMAND ${LPRNET_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/run.py)
  set_tests_properties(python.package PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1800 LABELS "python;shared"
                       ENVIRONMENT "${environment}")
endif()
