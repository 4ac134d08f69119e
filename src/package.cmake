# What `cpack` makes of a build, see tools/package: an archive of the program with its models, which needs nothing but
# Linux where the program is linked statically, and three Debian packages, one for each component.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds and reads license plates on a CPU")
set(CPACK_PACKAGE_CONTACT "The lprnet maintainers <lprnet@localhost>")
set(CPACK_PACKAGE_FILE_NAME lprnet-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/src/package_kinds.cmake)

if(TARGET lprnet_shared AND NOT CMAKE_CROSSCOMPILING)
  list(APPEND CPACK_GENERATOR DEB)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

  # Named for the programs that it serves, so that the next one can be installed beside it.
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME liblprnet${lprnet_soversion})
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS lprnet)
  set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
      "The shared library, for programs in C and C++ that find license plates in photographs and read them with LPRNet.
The models are in the package lprnet.")

  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME liblprnet-dev)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
  set(depends "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})" libc6-dev)
  if(LPRNET_WITH_LIBJPEG)
    list(APPEND depends libjpeg-dev)
  endif()
  if(LPRNET_WITH_LIBPNG)
    list(APPEND depends libpng-dev)
  endif()
  if(LPRNET_WITH_WEBP)
    list(APPEND depends libwebp-dev)
  endif()
  if(LPRNET_WITH_TIFF)
    list(APPEND depends libtiff-dev)
  endif()
  list(JOIN depends ", " CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS)
  set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
      "Headers and the static library, found by CMake's find_package and by pkg-config.")

  set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME lprnet)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION graphics)
  set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
      "The program, with two models for Chinese plates: one finds them in photographs, the other reads them with LPRNet.")

  # Where Debian looks for a package's licence.
  install(FILES src/debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lprnet
          COMPONENT program EXCLUDE_FROM_ALL)
  foreach(component runtime development)
    string(TOUPPER ${component} upper)
    install(FILES src/debian/copyright src/THIRD_PARTY_NOTICES COMPONENT ${component} EXCLUDE_FROM_ALL
            DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  endforeach()
endif()
include(CPack)
