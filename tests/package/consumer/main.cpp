#include <cstdio>
#include <lprnet/lprnet.hpp>

// Prints what the image reads: consumer MODEL IMAGE.
int main(int, char** argv) {
  const lprnet::Recognizer recognizer(argv[1]);
  std::puts(recognizer.recognize(lprnet::Image::load(argv[2])).text.c_str());
}
