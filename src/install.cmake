# `cmake --install`: both libraries, headers, the program, the shipped model, and what find_package(lprnet)
# and pkg-config read.
include(CMakePackageConfigHelpers)

set(lprnet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lprnet)
install(TARGETS lprnet lprnet_shared EXPORT lprnet-targets)
install(DIRECTORY include/lprnet TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(EXPORT lprnet-targets NAMESPACE lprnet:: DESTINATION ${lprnet_package_dir})
configure_package_config_file(src/lprnet-config.cmake.in lprnet-config.cmake
                              INSTALL_DESTINATION ${lprnet_package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lprnet-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lprnet-config.cmake ${PROJECT_BINARY_DIR}/lprnet-config-version.cmake
        DESTINATION ${lprnet_package_dir})

# What a program that links the static library must link beside it.
set(lprnet_pc_requires)
if(LPRNET_WITH_LIBJPEG)
  set(lprnet_pc_requires libjpeg)
endif()
configure_file(src/lprnet.pc.in lprnet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lprnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(LPRNET_BUILD_TOOLS)
  install(TARGETS lprnet_program)
endif()
set(lprnet_shipped_model ${PROJECT_SOURCE_DIR}/models/lprnet-cn.safetensors)
install(FILES ${lprnet_shipped_model} DESTINATION ${CMAKE_INSTALL_DATADIR}/lprnet OPTIONAL)
