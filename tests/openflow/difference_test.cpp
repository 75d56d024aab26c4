#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/openflow/flows.hpp"

namespace linkfab::openflow::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TableId learned_table = 21;

std::vector<Modification> changes(const std::vector<Flow>& want, const std::vector<Flow>& have,
                                  const std::vector<Group>& want_groups = {},
                                  const std::vector<Group>& have_groups = {}) {
  return difference(want, want_groups, have, have_groups, ours, ours_mask, {learned_table});
}

TEST(Difference, IsEmptyForEqualStatesInAnyOrder) {
  const Group group = repeat(1, {PortNo{1}, PortNo{2}});
  EXPECT_THAT(changes({patch(1, 2), patch(2, 1)}, {patch(2, 1), patch(1, 2)}, {group}, {group}),
              IsEmpty());
}

TEST(Difference, TakesLooseNotationForWhatTheSwitchMakesOfIt) {
  Flow loose = patch(1, 2);
  loose.match.eth_dst = Masked{0x001122334455, 0xffffffffffff};
  EXPECT_THAT(changes({loose}, {canonical(loose)}, {repeat(1, {PortNo{2}, PortNo{1}})},
                      {repeat(1, {PortNo{1}, PortNo{2}})}),
              IsEmpty());
}

TEST(Difference, AddsWhatIsMissingAndDeletesWhatIsNotWanted) {
  EXPECT_THAT(changes({patch(1, 2)}, {patch(3, 4)}),
              ElementsAre(DeleteFlow{patch(3, 4)}, AddFlow{patch(1, 2)}));
}

TEST(Difference, ReplacesAFlowInPlace) {
  EXPECT_THAT(changes({patch(1, 3)}, {patch(1, 2)}), ElementsAre(AddFlow{patch(1, 3)}))
      << "other actions";
  EXPECT_THAT(changes({patch(1, 2, ours + 2)}, {patch(1, 2, ours + 1)}),
              ElementsAre(AddFlow{patch(1, 2, ours + 2)}))
      << "another cookie of ours";
}

TEST(Difference, LeavesFlowsOfOthersAlone) {
  EXPECT_THAT(changes({}, {patch(1, 2, 0xabc)}), IsEmpty());
  Flow opaque = patch(1, 2, 0xabc);
  opaque.opaque = true;
  EXPECT_THAT(changes({}, {opaque}), IsEmpty());
}

TEST(Difference, LeavesLearnedTablesAlone) {
  Flow learned = patch(1, 2);
  learned.table = learned_table;
  learned.opaque = true;
  EXPECT_THAT(changes({}, {learned}), IsEmpty());
}

TEST(Difference, DeletesAFlowThatItCannotReadByItsCookie) {
  // Its match may hold more than is known, so deleting by match could hit the flow beside it.
  Flow opaque = patch(1, 2, ours + 5);
  opaque.opaque = true;
  const Flow same_cookie = patch(3, 4, ours + 5);
  const Flow other_cookie = patch(5, 6, ours + 6);
  EXPECT_THAT(
      changes({same_cookie, other_cookie}, {opaque, same_cookie, other_cookie}),
      ElementsAre(DeleteFlowsByCookie{ours + 5, ~Cookie{0}, TableId{0}}, AddFlow{same_cookie}));
}

TEST(Difference, OfTwoWantedFlowsInOnePlaceTakesTheLater) {
  EXPECT_THAT(changes({patch(1, 2), patch(1, 3)}, {}), ElementsAre(AddFlow{patch(1, 3)}));
  EXPECT_THAT(changes({patch(1, 2), patch(1, 3)}, {patch(1, 3)}), IsEmpty());
}

TEST(Difference, AddsGroupsBeforeTheFlowsThatUseThemAndDeletesThemAfter) {
  Flow to_new = patch(1, 0);
  to_new.actions = {ToGroup{GroupId{2}}};
  Flow to_old = patch(1, 0);
  to_old.actions = {ToGroup{GroupId{1}}};
  const Group old_group = repeat(1, {PortNo{1}});
  const Group new_group = repeat(2, {PortNo{1}});
  EXPECT_THAT(changes({to_new}, {to_old}, {new_group}, {old_group}),
              ElementsAre(AddGroup{new_group}, AddFlow{to_new}, DeleteGroup{GroupId{1}}));
}

TEST(Difference, ChangesAGroupInPlace) {
  const Group want = repeat(1, {PortNo{1}, PortNo{2}});
  EXPECT_THAT(changes({}, {}, {want}, {repeat(1, {PortNo{1}})}), ElementsAre(ModifyGroup{want}));
  Group opaque = want;
  opaque.opaque = true;
  EXPECT_THAT(changes({}, {}, {want}, {opaque}), ElementsAre(ModifyGroup{want}));
}

}  // namespace
}  // namespace linkfab::openflow::test
