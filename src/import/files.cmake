set(files architectures.cpp known_profiles.cpp network_builder.cpp open.cpp pickle.cpp pickle_globals.cpp pickle_stack.cpp
          pickled_modules.cpp profiles.cpp pth.cpp state_dict.cpp torch_file.cpp torch_tensor.cpp torch_types.cpp zip.cpp)
# profiles.json becomes a part of the library.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/import/profiles.json)
file(READ import/profiles.json lprnet_profiles_json)
configure_file(import/profiles_json.h.in ${PROJECT_BINARY_DIR}/generated/import/profiles_json.h @ONLY)
