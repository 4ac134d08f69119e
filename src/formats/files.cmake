set(files decode_json.cpp detect_json.cpp grammar_json.cpp graph_json.cpp inline_weights.cpp json_document.cpp json_line.cpp json_object.cpp json_writer.cpp
          model_file.cpp other_file.cpp operator_json.cpp safetensors.cpp tensor_header.cpp)
# models/grammars become a part of the library.
foreach(grammar cn de any)
  set(grammar_file ${PROJECT_SOURCE_DIR}/models/grammars/${grammar}.json)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${grammar_file})
  file(READ ${grammar_file} lprnet_grammar_${grammar})
endforeach()
configure_file(formats/known_grammars.h.in ${PROJECT_BINARY_DIR}/generated/formats/known_grammars.h @ONLY)
