find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# The built service, driven from outside; Python's standard library is enough. One ctest for each class.
set(sanitizer)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=([a-z]+)")
  set(sanitizer ${CMAKE_MATCH_1})
endif()
set(environment "LPRNET_SERVE=$<TARGET_FILE:lprnet_serve>" "LPRNET_PROGRAM=$<TARGET_FILE:lprnet_program>"
    "LPRNET_SANITIZER=${sanitizer}")
foreach(suite routes_test.Routes routes_test.OpenApi limits_test.Limits limits_test.Slow limits_test.Broken
              limits_test.Connections limits_test.Access limits_test.Queue limits_test.Deadline
              life_test.Stop life_test.Reload life_test.ManyClients life_test.Start)
  add_test(NAME serve.${suite} COMMAND ${Python3_EXECUTABLE} -B -m unittest ${suite}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/serve)
  set_tests_properties(serve.${suite} PROPERTIES ENVIRONMENT "${environment}" LABELS serve TIMEOUT 300)
endforeach()

# In the build that users make.
if(LPRNET_INSTALL AND CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LPRNET_WITH_LIBJPEG)
  foreach(suite Installed Readme)
    add_test(NAME serve.install_test.${suite} COMMAND ${Python3_EXECUTABLE} -B -m unittest install_test.${suite}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/serve)
    set_tests_properties(serve.install_test.${suite} PROPERTIES LABELS serve TIMEOUT 300 RESOURCE_LOCK installation
      ENVIRONMENT "${environment};LPRNET_BUILD=${PROJECT_BINARY_DIR};LPRNET_CMAKE=${CMAKE_COMMAND}")
  endforeach()
endif()

# Selenium is Debian's, which another Python may not see. In one of the builds: a browser sees the same page in each.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LPRNET_WITH_LIBJPEG)
  set(LPRNET_SELENIUM_PYTHON ${Python3_EXECUTABLE} CACHE FILEPATH "A Python that has Selenium")
  execute_process(COMMAND ${LPRNET_SELENIUM_PYTHON} -c "import selenium" RESULT_VARIABLE status ERROR_QUIET)
  if(NOT status EQUAL 0 AND EXISTS /usr/bin/python3)
    set(LPRNET_SELENIUM_PYTHON /usr/bin/python3 CACHE FILEPATH "A Python that has Selenium" FORCE)
  endif()
  mark_as_advanced(LPRNET_SELENIUM_PYTHON)
  add_test(NAME serve.page_test.Page COMMAND ${LPRNET_SELENIUM_PYTHON} -B -m unittest page_test.Page
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/serve)
  set_tests_properties(serve.page_test.Page PROPERTIES ENVIRONMENT "${environment}" LABELS "serve;browser" TIMEOUT 300)
endif()
