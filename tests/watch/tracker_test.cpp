#include "tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "passing.h"

namespace lprnet::watch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kRate = 25;

FoundPlate plate_at(const std::string& text, float x, float y, float width,
                    float confidence = 0.95F) {
  FoundPlate found;
  found.corners = rectangle(x - width / 2, y - width / 6, width, width / 3);
  found.plate.text = text;
  found.plate.confidence = confidence;
  return found;
}

Frame frame_at(double seconds) {
  Frame frame;
  frame.seconds = seconds;
  frame.number = std::llround(seconds * kRate);
  return frame;
}

std::vector<std::string> texts_of(std::vector<Track> tracks) {
  std::vector<std::string> texts;
  for (Track& track : tracks) texts.push_back(passing_of(std::move(track)).plate.text);
  return texts;
}

TEST(Tracker, JoinsThePlatesOfACarThatMoves) {
  Tracker tracker(1);
  for (int i = 0; i < 10; ++i) {
    const auto x = 100.0F + 60.0F * static_cast<float>(i);
    EXPECT_THAT(tracker.add(frame_at(i / kRate), {plate_at("京A12345", x, 300, 100)}), IsEmpty());
  }
  const std::vector<Track> tracks = tracker.finish();
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].frames, 10);
  EXPECT_EQ(tracks[0].first.frame.number, 0);
  EXPECT_EQ(tracks[0].last.frame.number, 9);
  EXPECT_STREQ(direction_of(tracks[0]), "right");
  EXPECT_NEAR(static_cast<double>(tracks[0].velocity.x), 60 * kRate, 1);
}

TEST(Tracker, EndsATrackThatIsNotSeenAnyMore) {
  Tracker tracker(0.5);
  EXPECT_THAT(tracker.add(frame_at(0), {plate_at("京A12345", 100, 300, 100)}), IsEmpty());
  EXPECT_THAT(tracker.add(frame_at(0.48), {}), IsEmpty());
  EXPECT_THAT(texts_of(tracker.add(frame_at(0.52), {})), ElementsAre("京A12345"));
  EXPECT_THAT(tracker.finish(), IsEmpty());
}

TEST(Tracker, GoesOnBehindAPole) {
  Tracker tracker(2);
  for (int i = 0; i < 30; ++i) {
    std::vector<FoundPlate> plates;
    const auto x = 100.0F + 30.0F * static_cast<float>(i);
    if (i < 8 || i > 22) plates.push_back(plate_at("京A12345", x, 300, 100));
    EXPECT_THAT(tracker.add(frame_at(i / kRate), plates), IsEmpty());
  }
  EXPECT_THAT(texts_of(tracker.finish()), ElementsAre("京A12345"));
}

TEST(Tracker, KeepsCarsApartThatDriveBesideAndTowardsEachOther) {
  Tracker tracker(1);
  for (int i = 0; i < 20; ++i) {
    const auto step = 40.0F * static_cast<float>(i);
    // The order in which plates are found changes.
    std::vector<FoundPlate> plates = {plate_at("京A12345", 100 + step, 300, 100),
                                      plate_at("沪B67890", 860 - step, 310, 100),
                                      plate_at("粤C24680", 100 + step, 500, 100)};
    if (i % 2 == 1) std::swap(plates[0], plates[2]);
    tracker.add(frame_at(i / kRate), plates);
  }
  const std::vector<Track> tracks = tracker.finish();
  ASSERT_EQ(tracks.size(), 3U);
  for (const Track& track : tracks) EXPECT_EQ(track.frames, 20);
  EXPECT_THAT(texts_of(tracks), ElementsAre("京A12345", "沪B67890", "粤C24680"));
}

TEST(Tracker, KeepsTwoSureTextsInOnePlaceApart) {
  Tracker tracker(2);
  tracker.add(frame_at(0.00), {plate_at("京A12345", 400, 300, 100)});
  tracker.add(frame_at(0.04), {plate_at("京A12345", 400, 300, 100)});
  tracker.add(frame_at(0.08), {plate_at("沪B67890", 400, 300, 100)});
  tracker.add(frame_at(0.12), {plate_at("沪B67890", 400, 300, 100)});
  EXPECT_THAT(texts_of(tracker.finish()), ElementsAre("京A12345", "沪B67890"));
}

TEST(Tracker, LeavesATrackToOneThatIsReadOtherwiseNearBy) {
  // Unsure, and not where the first one is expected after a second.
  Tracker tracker(2);
  tracker.add(frame_at(0), {plate_at("京A12345", 400, 300, 100, 0.4F)});
  tracker.add(frame_at(1), {plate_at("沪B67890", 600, 300, 100, 0.6F)});
  EXPECT_EQ(tracker.finish().size(), 2U);
}

TEST(Tracker, VotesOverMisreadFrames) {
  Tracker tracker(1);
  for (int i = 0; i < 12; ++i) {
    const std::string text = i % 3 == 0 ? "京A1234S" : "京A12345";
    tracker.add(frame_at(i / kRate), {plate_at(text, 400, 300, 100, 0.7F)});
  }
  EXPECT_THAT(texts_of(tracker.finish()), ElementsAre("京A12345"));
}

TEST(Tracker, RemembersNoMoreReadingsThanItMay) {
  Tracker tracker(1);
  for (int i = 0; i < 500; ++i) {
    const float confidence = i == 3 ? 0.99F : 0.5F;
    tracker.add(frame_at(i / kRate), {plate_at("京A12345", 400, 300, 100, confidence)});
  }
  const std::vector<Track> tracks = tracker.finish();
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_EQ(tracks[0].frames, 500);
  EXPECT_EQ(tracks[0].readings.size(), Tracker::kReadings);
  EXPECT_EQ(tracks[0].best.frame.number, 3);
}

TEST(Direction, IsWhereThePlateGoes) {
  const auto direction = [](const FoundPlate& from, const FoundPlate& to) {
    Track track;
    track.first.found = from;
    track.last.found = to;
    return std::string(direction_of(track));
  };
  const FoundPlate start = plate_at("A", 400, 300, 100);
  EXPECT_EQ(direction(start, plate_at("A", 420, 310, 105)), "still");
  EXPECT_EQ(direction(start, plate_at("A", 600, 350, 105)), "right");
  EXPECT_EQ(direction(start, plate_at("A", 200, 350, 95)), "left");
  EXPECT_EQ(direction(start, plate_at("A", 380, 450, 100)), "down");
  EXPECT_EQ(direction(start, plate_at("A", 420, 100, 110)), "up");
  EXPECT_EQ(direction(start, plate_at("A", 420, 500, 180)), "approaching");
  EXPECT_EQ(direction(start, plate_at("A", 420, 200, 60)), "receding");
}

TEST(Utc, IsWrittenToTheMillisecond) {
  EXPECT_EQ(utc(Frame::Clock::time_point(std::chrono::milliseconds(1'769'903'999'250))),
            "2026-01-31T23:59:59.250Z");
}

}  // namespace
}  // namespace lprnet::watch
