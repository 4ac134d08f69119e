# Makes the golden files again where PyTorch 1.13 is installed (else 77, skipped) and compares.
find_program(LPRNET_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(LPRNET_PYTHON python3)
if(LPRNET_PYTHON)
  add_test(NAME golden.regenerate COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/regenerate_test.py)
  foreach(folder detect pth)
    add_test(NAME golden.regenerate_${folder}
             COMMAND ${LPRNET_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/${folder}/regenerate_test.py)
  endforeach()
  set_tests_properties(golden.regenerate golden.regenerate_detect golden.regenerate_pth PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600 LABELS python)
endif()
