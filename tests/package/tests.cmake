find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

add_test(NAME include_order
         COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/include_order.py ${PROJECT_SOURCE_DIR})

# Said of what users install: by gcc, optimised as a whole, JPEG by libjpeg-turbo; stb_image's is code of our own library.
set(library_size_limit)
set(program_size_limit)
if(LPRNET_WHOLE AND CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LPRNET_WITH_LIBJPEG)
  set(library_size_limit 1400000)
  set(program_size_limit 4500000)
endif()
add_test(NAME package.library
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/package/library_test.py
                 $<TARGET_FILE:lprnet_shared> ${library_size_limit})

add_test(NAME package.install
         COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/package/install_test.py)
set(environment "LPRNET_CMAKE=${CMAKE_COMMAND}" "LPRNET_BUILD=${PROJECT_BINARY_DIR}"
    "LPRNET_CXX=${CMAKE_CXX_COMPILER}" "LPRNET_CXX_FLAGS=${CMAKE_CXX_FLAGS}"
    "LPRNET_WITH_PROGRAM=${LPRNET_BUILD_TOOLS}" "LPRNET_VERSION=${PROJECT_VERSION}")
set_tests_properties(package.install PROPERTIES ENVIRONMENT "${environment}" LABELS package)
set_tests_properties(package.library PROPERTIES LABELS package)

# Compiles the whole library again, so in one of the builds, where a cache has its objects.
if(CMAKE_CXX_COMPILER_LAUNCHER AND CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
   AND LPRNET_WITH_LIBJPEG AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME package.fetch_content
           COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/package/fetch_content_test.py)
  set_tests_properties(package.fetch_content PROPERTIES LABELS package
    ENVIRONMENT "${environment};LPRNET_STRICT=${CMAKE_COMPILE_WARNING_AS_ERROR};LPRNET_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}")
endif()

# What cpack makes of the build. An archive is made for the emulated machine too.
if(LPRNET_BUILD_TOOLS AND LPRNET_INSTALL AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(static OFF)
  if(LPRNET_STATIC_PROGRAM OR CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
    set(static ON)
  endif()
  list(APPEND environment "LPRNET_CPACK=${CMAKE_CPACK_COMMAND}" "LPRNET_PROCESSOR=${CMAKE_SYSTEM_PROCESSOR}"
       "LPRNET_STATIC=${static}" "LPRNET_PROGRAM_SIZE_LIMIT=${program_size_limit}" "LPRNET_EMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR}"
       "LPRNET_WITH_LIBJPEG=${LPRNET_WITH_LIBJPEG}" "LPRNET_WITH_LIBPNG=${LPRNET_WITH_LIBPNG}")
  set(kinds Archive)
  if(NOT CMAKE_CROSSCOMPILING)
    list(APPEND kinds Container)
    if(TARGET lprnet_shared)
      list(APPEND kinds Debian)
    endif()
  endif()
  foreach(kind IN LISTS kinds)
    string(TOLOWER package.${kind} name)
    add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -B -m unittest packages_test.${kind}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/package)
    # Each writes the build's list of what was installed.
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}" LABELS package RESOURCE_LOCK installation)
  endforeach()
endif()
set_tests_properties(package.install PROPERTIES RESOURCE_LOCK installation)

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
