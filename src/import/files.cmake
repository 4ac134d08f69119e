set(files alphabets.cpp architectures.cpp network_builder.cpp open.cpp pickle.cpp pickle_globals.cpp pickle_stack.cpp
          profiles.cpp pth.cpp state_dict.cpp torch_file.cpp torch_tensor.cpp torch_types.cpp zip.cpp)
