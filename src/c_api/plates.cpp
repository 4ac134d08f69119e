#include "c_api/plates.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "c_api/status.h"
#include "lprnet/vote.hpp"

namespace lprnet::c_api {
namespace {

std::int32_t match_of(GrammarMatch match) {
  switch (match) {
    case GrammarMatch::kUnused:
      break;
    case GrammarMatch::kMatched:
      return LPRNET_GRAMMAR_MATCHED;
    case GrammarMatch::kUnmatched:
      return LPRNET_GRAMMAR_UNMATCHED;
  }
  return LPRNET_GRAMMAR_UNUSED;
}

GrammarMatch match_of(std::int32_t match) {
  switch (match) {
    case LPRNET_GRAMMAR_MATCHED:
      return GrammarMatch::kMatched;
    case LPRNET_GRAMMAR_UNMATCHED:
      return GrammarMatch::kUnmatched;
  }
  return GrammarMatch::kUnused;
}

Plate plate_of(const lprnet_plate& given) {
  Plate plate;
  plate.text = given.text;
  plate.confidence = given.confidence;
  for (std::size_t i = 0; i < given.character_count; ++i) {
    const lprnet_character& character = *given.characters[i];
    plate.characters.push_back({character.text, character.confidence, character.step});
  }
  plate.grammar = match_of(given.grammar);
  plate.pattern = given.pattern;
  for (std::size_t i = 0; i < given.alternative_count; ++i) {
    const lprnet_alternative& alternative = *given.alternatives[i];
    plate.alternatives.push_back({alternative.text, alternative.confidence,
                                  match_of(alternative.grammar), alternative.pattern});
  }
  plate.lines = given.lines;
  return plate;
}

// What a lprnet_plates that the library gives is the base of: everything that it points to.
struct OwnedPlates : lprnet_plates {
  std::vector<Plate> texts;
  std::unique_ptr<lprnet_place[]> places;  // null, or one for each plate
  std::unique_ptr<lprnet_character[]> c_characters;
  std::unique_ptr<const lprnet_character*[]> character_pointers;
  std::unique_ptr<lprnet_alternative[]> c_alternatives;
  std::unique_ptr<const lprnet_alternative*[]> alternative_pointers;
  std::unique_ptr<lprnet_plate[]> c_plates;
  std::unique_ptr<const lprnet_plate*[]> plate_pointers;

  OwnedPlates(std::vector<Plate> given, std::unique_ptr<lprnet_place[]> where)
      : lprnet_plates{}, texts(std::move(given)), places(std::move(where)) {
    std::size_t characters = 0;
    std::size_t alternatives = 0;
    for (const Plate& plate : texts) {
      characters += plate.characters.size();
      alternatives += plate.alternatives.size();
    }
    c_characters = std::make_unique<lprnet_character[]>(characters);
    character_pointers = std::make_unique<const lprnet_character*[]>(characters);
    c_alternatives = std::make_unique<lprnet_alternative[]>(alternatives);
    alternative_pointers = std::make_unique<const lprnet_alternative*[]>(alternatives);
    c_plates = std::make_unique<lprnet_plate[]>(texts.size());
    plate_pointers = std::make_unique<const lprnet_plate*[]>(texts.size());
    std::size_t at = 0;
    std::size_t alternatives_at = 0;
    for (const Plate& plate : texts) {
      c_plates[count] = {plate.text.c_str(),
                         plate.confidence,
                         plate.characters.size(),
                         character_pointers.get() + at,
                         places ? &places[count] : nullptr,
                         match_of(plate.grammar),
                         plate.pattern.c_str(),
                         plate.alternatives.size(),
                         alternative_pointers.get() + alternatives_at,
                         plate.lines};
      plate_pointers[count] = &c_plates[count];
      for (const Character& character : plate.characters) {
        c_characters[at] = {character.text.c_str(), character.confidence, character.step};
        character_pointers[at] = &c_characters[at];
        ++at;
      }
      for (const Alternative& alternative : plate.alternatives) {
        c_alternatives[alternatives_at] = {alternative.text.c_str(), alternative.confidence,
                                           match_of(alternative.grammar),
                                           alternative.pattern.c_str()};
        alternative_pointers[alternatives_at] = &c_alternatives[alternatives_at];
        ++alternatives_at;
      }
      ++count;
    }
    plates = plate_pointers.get();
  }
};

}  // namespace

lprnet_plates* plates_of(std::vector<Plate> plates) {
  return new OwnedPlates(std::move(plates), nullptr);
}

lprnet_plates* plates_of(std::vector<FoundPlate> plates) {
  std::vector<Plate> texts(plates.size());
  auto places = std::make_unique<lprnet_place[]>(plates.size());
  for (std::size_t i = 0; i < plates.size(); ++i) {
    lprnet_place& place = places[i];
    for (std::size_t corner = 0; corner < 4; ++corner) {
      const Point& point = plates[i].corners.corners[corner];
      place.corners[corner] = {point.x, point.y};
    }
    place.confidence = plates[i].confidence;
    place.lines = plates[i].lines;
    texts[i] = std::move(plates[i].plate);
  }
  return new OwnedPlates(std::move(texts), std::move(places));
}

}  // namespace lprnet::c_api

lprnet_status lprnet_vote(const lprnet_plate* const* readings, size_t count,
                          lprnet_plates** plates) {
  using namespace lprnet;
  return c_api::guarded(plates, "plates", [&] {
    if (count != 0) c_api::required(readings, "readings");
    std::vector<Plate> given(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (readings[i] == nullptr) {
        c_api::fail(ErrorCode::kInvalidArgument, "readings[%zu]: is NULL", i);
      }
      given[i] = c_api::plate_of(*readings[i]);
    }
    std::vector<Plate> together(1);
    together[0] = vote(given);
    return c_api::plates_of(std::move(together));
  });
}

void lprnet_plates_free(lprnet_plates* plates) {
  delete static_cast<lprnet::c_api::OwnedPlates*>(plates);
}
