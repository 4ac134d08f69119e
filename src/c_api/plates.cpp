#include "c_api/plates.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace lprnet::c_api {
namespace {

// What a lprnet_plates that the library gives is the base of: everything that it points to. None of
// the vectors changes after its elements' addresses were taken.
struct OwnedPlates : lprnet_plates {
  std::vector<Plate> plates;  // owns the texts
  std::vector<lprnet_character> c_characters;
  std::vector<const lprnet_character*> character_pointers;
  std::vector<lprnet_plate> c_plates;
  std::vector<const lprnet_plate*> plate_pointers;

  explicit OwnedPlates(std::vector<Plate> given) : lprnet_plates{}, plates(std::move(given)) {
    std::size_t characters = 0;
    for (const Plate& plate : plates) characters += plate.characters.size();
    c_characters.reserve(characters);
    character_pointers.reserve(characters);
    c_plates.reserve(plates.size());
    plate_pointers.reserve(plates.size());
    for (const Plate& plate : plates) {
      const std::size_t first = character_pointers.size();
      for (const Character& character : plate.characters) {
        c_characters.push_back({character.text.c_str(), character.confidence, character.step});
        character_pointers.push_back(&c_characters.back());
      }
      c_plates.push_back({plate.text.c_str(), plate.confidence, plate.characters.size(),
                          character_pointers.data() + first});
      plate_pointers.push_back(&c_plates.back());
    }
    count = plates.size();
    lprnet_plates::plates = plate_pointers.data();
  }
};

}  // namespace

lprnet_plates* plates_of(std::vector<Plate> plates) {
  return std::make_unique<OwnedPlates>(std::move(plates)).release();
}

}  // namespace lprnet::c_api

void lprnet_plates_free(lprnet_plates* plates) {
  delete static_cast<lprnet::c_api::OwnedPlates*>(plates);
}
