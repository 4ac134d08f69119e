set(files graph_json.cpp inline_weights.cpp json_document.cpp json_object.cpp model_file.cpp operator_json.cpp
          pickle.cpp pickle_globals.cpp pickle_stack.cpp pth.cpp safetensors.cpp state_dict.cpp tensor_header.cpp torch_file.cpp
          torch_tensor.cpp torch_types.cpp utf8.cpp zip.cpp)
