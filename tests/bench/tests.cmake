# The comparison's rewrites of the network, in Python. Skipped (77) where PyTorch is missing.
find_program(LPRNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(LPRNET_PYTHON python3)
if(LPRNET_PYTHON)
  add_test(NAME bench.python COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/run.py)
  set_tests_properties(bench.python PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 LABELS python)
endif()
