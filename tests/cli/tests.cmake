find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# The built program, driven from outside; Python's standard library is enough. One ctest for each class.
foreach(suite recognize_test.Recognize recognize_test.Formats recognize_test.Trouble recognize_test.Usage
              model_test.ModelSearch model_test.Inspect model_test.Verify model_test.Trace
              model_test.Bench eval_test.Eval shipped_test.Shipped convert_test.Convert
              convert_test.Profiles)
  add_test(NAME cli.${suite} COMMAND ${Python3_EXECUTABLE} -B -m unittest ${suite}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/cli)
  set_tests_properties(cli.${suite} PROPERTIES
    ENVIRONMENT "LPRNET_PROGRAM=$<TARGET_FILE:lprnet_program>" LABELS cli)
endforeach()
