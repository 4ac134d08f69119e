# The README's library example, compiled as it stands there and run.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)
file(READ ${PROJECT_SOURCE_DIR}/README.md readme)
if(NOT readme MATCHES "```cpp\n([^`]+)```")
  message(FATAL_ERROR "README.md has no example in C++")
endif()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/readme_example.cpp CONTENT "${CMAKE_MATCH_1}" @ONLY)
add_executable(readme_example ${CMAKE_CURRENT_BINARY_DIR}/readme_example.cpp)
target_link_libraries(readme_example PRIVATE lprnet)
target_compile_features(readme_example PRIVATE cxx_std_17)

add_test(NAME readme.example COMMAND ${Python3_EXECUTABLE} -B readme/example_test.py
         WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(readme.example PROPERTIES ENVIRONMENT "LPRNET_EXAMPLE=$<TARGET_FILE:readme_example>")
