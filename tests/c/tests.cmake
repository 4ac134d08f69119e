# The C interface: compiled as C11 and run in C, and through Python's ctypes against the shared library.
add_executable(test_c_api c/c_api_test.c)
set_target_properties(test_c_api PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_compile_options(test_c_api PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_link_libraries(test_c_api PRIVATE lprnet Threads::Threads)
add_test(NAME c_api.c11 COMMAND test_c_api ${PROJECT_SOURCE_DIR})

# The emulator's library is not Python's, and a sanitizer has to be in the program from its start.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
if(TARGET lprnet_shared AND NOT CMAKE_CROSSCOMPILING AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  add_test(NAME c_api.ctypes COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/c/ctypes_test.py)
  set_tests_properties(c_api.ctypes PROPERTIES ENVIRONMENT "LPRNET_LIBRARY=$<TARGET_FILE:lprnet_shared>")
endif()
