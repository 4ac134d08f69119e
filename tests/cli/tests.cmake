find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# The built program, driven from outside; Python's standard library is enough. One ctest for each class.
set(program $<TARGET_FILE:lprnet_program>)
if(CMAKE_CROSSCOMPILING)
  # Tests start the program by name; this name starts the emulator.
  list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
  set(program ${CMAKE_CURRENT_BINARY_DIR}/emulated_lprnet)
  file(GENERATE OUTPUT ${program} CONTENT "#!/bin/sh\nexec ${emulator} $<TARGET_FILE:lprnet_program> \"$@\"\n"
       FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endif()
set(separate)  # commands that are programs of their own, as far as they are built
foreach(command serve watch)
  if(TARGET lprnet_${command})
    list(APPEND separate ${command})
  endif()
endforeach()
list(JOIN separate " " separate)
foreach(suite command_line_test.CommandLine command_line_test.Progress
              documents_test.Manual documents_test.Completion
              output_test.Output schemas_test.OpenAlpr schemas_test.Schemas
              recognize_test.Recognize recognize_test.Formats recognize_test.Trouble recognize_test.Usage
              model_test.ModelSearch model_test.Inspect model_test.Verify model_test.Trace
              model_test.Bench decode_test.Decode eval_test.Eval shipped_test.Shipped features_test.Features convert_test.Convert
              convert_test.Profiles plot_test.PlotActivations names_test.Names standard_input_test.StandardInput
              signals_test.Interrupted signals_test.ExitStatus
              read_test.Read read_test.Annotate read_test.Photographs read_test.ShippedDetector)
  add_test(NAME cli.${suite} COMMAND ${Python3_EXECUTABLE} -B -m unittest ${suite}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/cli)
  set_tests_properties(cli.${suite} PROPERTIES
    ENVIRONMENT "LPRNET_PROGRAM=${program};LPRNET_WITH_LIBJPEG=${LPRNET_WITH_LIBJPEG};LPRNET_SEPARATE=${separate}"
    LABELS cli)
endforeach()
