lprnet_test(test_model_file
  formats/decode_json_test.cpp formats/detect_json_test.cpp formats/golden_test.cpp formats/grammar_json_test.cpp formats/graph_json_test.cpp
  formats/inline_weights_test.cpp formats/json_document_test.cpp formats/model_file_test.cpp
  formats/operator_json_test.cpp formats/safetensors_test.cpp hostile/mutations.cpp)
