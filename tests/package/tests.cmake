find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

add_test(NAME include_order
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/include_order.py ${PROJECT_SOURCE_DIR})

# Said of the build that users make: by gcc, optimised, without instrumentation, JPEG by libjpeg-turbo. Clang unrolls
# more, stb_image's JPEG is code of our own library.
set(library_size_limit)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
   AND LPRNET_WITH_LIBJPEG AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(library_size_limit 1400000)
endif()
add_test(NAME package.library
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package/library_test.py
                 $<TARGET_FILE:lprnet_shared> ${library_size_limit})

add_test(NAME package.install
         COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/package/install_test.py)
set(environment "LPRNET_CMAKE=${CMAKE_COMMAND}" "LPRNET_BUILD=${PROJECT_BINARY_DIR}"
    "LPRNET_CXX=${CMAKE_CXX_COMPILER}" "LPRNET_CXX_FLAGS=${CMAKE_CXX_FLAGS}"
    "LPRNET_WITH_PROGRAM=${LPRNET_BUILD_TOOLS}")
set_tests_properties(package.install PROPERTIES ENVIRONMENT "${environment}" LABELS package)
set_tests_properties(package.library PROPERTIES LABELS package)

# Instrumented code has symbols and segments of its own.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT LPRNET_BUILD_FUZZERS)
  set(checks BASIC)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    list(APPEND checks FORTIFY)
  endif()
  list(JOIN checks "," checks)
  set(x86)
  if(LPRNET_HAS_CF_PROTECTION AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(x86 ",X86")
  endif()
  add_test(NAME package.hardening_of_library
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package/hardening_test.py
                   ${checks}${x86} $<TARGET_FILE:lprnet_shared>)
  if(LPRNET_BUILD_TOOLS)
    add_test(NAME package.hardening_of_program
             COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package/hardening_test.py
                     ${checks}${x86} $<TARGET_FILE:lprnet_program>)
    set_tests_properties(package.hardening_of_program PROPERTIES LABELS package)
  endif()
  add_test(NAME package.kernel_symbols
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package/kernel_symbols_test.py
                   $<FILTER:$<TARGET_OBJECTS:lprnet_objects>,INCLUDE,kernels/targets\\.cpp>)
  set_tests_properties(package.hardening_of_library package.kernel_symbols PROPERTIES LABELS package)
endif()
