set(files agreement.cpp benchmark.cpp further_looks.cpp grammar.cpp line_joiner.cpp model.cpp photo_reader.cpp plate_decoder.cpp plate_finder.cpp recognizer.cpp save_tensors.cpp self_test.cpp session.cpp stream.cpp vote.cpp)
set(hot plate_finder.cpp)
