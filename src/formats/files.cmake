set(files alphabets.cpp architectures.cpp graph_json.cpp inline_weights.cpp json_document.cpp json_object.cpp
          model_file.cpp network_builder.cpp open.cpp operator_json.cpp pickle.cpp pickle_globals.cpp pickle_stack.cpp
          profiles.cpp pth.cpp safetensors.cpp state_dict.cpp tensor_header.cpp torch_file.cpp torch_tensor.cpp
          torch_types.cpp utf8.cpp zip.cpp)
