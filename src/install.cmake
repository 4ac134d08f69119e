# `cmake --install`: the libraries, headers, the program, the shipped models, the licences, and what
# find_package(lprnet) and pkg-config read. Components: `runtime` is the shared library, `development` what compiles and
# links, `program` the program with its models, manual and completions.
include(CMakePackageConfigHelpers)

set(lprnet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lprnet)
foreach(library lprnet lprnet_shared)
  if(TARGET ${library})
    install(TARGETS ${library} EXPORT lprnet-targets
            ARCHIVE COMPONENT development
            LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
  endif()
endforeach()
install(DIRECTORY include/lprnet TYPE INCLUDE COMPONENT development
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(EXPORT lprnet-targets NAMESPACE lprnet:: DESTINATION ${lprnet_package_dir} COMPONENT development)
configure_package_config_file(src/lprnet-config.cmake.in lprnet-config.cmake
                              INSTALL_DESTINATION ${lprnet_package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lprnet-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lprnet-config.cmake ${PROJECT_BINARY_DIR}/lprnet-config-version.cmake
        DESTINATION ${lprnet_package_dir} COMPONENT development)

# What a program that links the static library must link beside it.
set(lprnet_pc_requires)
if(LPRNET_WITH_LIBJPEG)
  list(APPEND lprnet_pc_requires libjpeg)
endif()
if(LPRNET_WITH_LIBPNG)
  list(APPEND lprnet_pc_requires libpng)
endif()
if(LPRNET_WITH_WEBP)
  list(APPEND lprnet_pc_requires libwebp)
endif()
if(LPRNET_WITH_TIFF)
  list(APPEND lprnet_pc_requires libtiff-4)
endif()
list(JOIN lprnet_pc_requires ", " lprnet_pc_requires)
# Its paths begin where the file itself lies, so that it is right under any prefix.
set(lprnet_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(lprnet_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH lprnet_pc_prefix /${lprnet_pc_dir} /)
  string(REGEX REPLACE "/$" "" lprnet_pc_prefix "\${pcfiledir}/${lprnet_pc_prefix}")
endif()
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY \${prefix} OUTPUT_VARIABLE lprnet_pc_libdir)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY \${prefix} OUTPUT_VARIABLE lprnet_pc_includedir)
configure_file(src/lprnet.pc.in lprnet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lprnet.pc DESTINATION ${lprnet_pc_dir} COMPONENT development)

if(LPRNET_BUILD_TOOLS)
  install(TARGETS lprnet_program RUNTIME COMPONENT program)
endif()
install(FILES LICENSE src/THIRD_PARTY_NOTICES DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
# With the cards, which say what each was trained with, and under which licences.
set(lprnet_shipped_models models/lprnet-cn.safetensors models/lprnet-detect.safetensors)
install(FILES ${lprnet_shipped_models} models/README.md models/DETECTOR.md LICENSE
        DESTINATION ${CMAKE_INSTALL_DATADIR}/lprnet COMPONENT program OPTIONAL)
if(LPRNET_BUILD_TOOLS)
  install(DIRECTORY tools/lprnet/schemas DESTINATION ${CMAKE_INSTALL_DATADIR}/lprnet COMPONENT program)
endif()
