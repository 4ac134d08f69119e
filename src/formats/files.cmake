set(files detect_json.cpp graph_json.cpp inline_weights.cpp json_document.cpp json_object.cpp json_writer.cpp model_file.cpp operator_json.cpp
          safetensors.cpp tensor_header.cpp)
