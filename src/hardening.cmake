# lprnet_hardened(TARGET): what a compiler can do against a fault that lets a stranger's file write where it should
# not. For our own targets alone; a builder's flags come after these. They cost no speed that can be measured (the
# shipped model, four runs in turn on a busy machine: fastest 1.19 ms a plate with and without), since nearly all of a run
# is in the kernels, whose inner loops call nothing and write to no arrays of their own, and 4 % of the library's size.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fstack-clash-protection LPRNET_HAS_STACK_CLASH_PROTECTION)
check_cxx_compiler_flag(-fcf-protection=full LPRNET_HAS_CF_PROTECTION)

function(lprnet_hardened target)
  target_compile_options(${target} PRIVATE -fstack-protector-strong)
  if(LPRNET_HAS_STACK_CLASH_PROTECTION)
    target_compile_options(${target} PRIVATE -fstack-clash-protection)
  endif()
  if(LPRNET_HAS_CF_PROTECTION AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    target_compile_options(${target} PRIVATE -fcf-protection=full)
  endif()
  # The C library checks sizes only in optimised code; the sanitizers, which see more, replace the same functions.
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize" AND NOT LPRNET_BUILD_FUZZERS)
    target_compile_options(${target} PRIVATE
      "$<$<NOT:$<CONFIG:Debug,>>:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>")
  endif()
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "OBJECT_LIBRARY")
    target_link_options(${target} PRIVATE LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
  endif()
endfunction()
