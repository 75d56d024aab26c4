#include "openflow/error.hpp"

#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "openflow/nicira.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPET_EXPERIMENTER = 0xffff;

using Names = std::span<const std::string_view>;

// For each type the names of its codes, from zero on.
constexpr auto hello_failed =
    std::to_array<std::string_view>({"OFPHFC_INCOMPATIBLE", "OFPHFC_EPERM"});
constexpr auto bad_request = std::to_array<std::string_view>(
    {"OFPBRC_BAD_VERSION", "OFPBRC_BAD_TYPE", "OFPBRC_BAD_STAT", "OFPBRC_BAD_VENDOR",
     "OFPBRC_BAD_SUBTYPE", "OFPBRC_EPERM", "OFPBRC_BAD_LEN", "OFPBRC_BUFFER_EMPTY",
     "OFPBRC_BUFFER_UNKNOWN", "OFPBRC_BAD_TABLE_ID", "OFPBRC_IS_SECONDARY", "OFPBRC_BAD_PORT",
     "OFPBRC_BAD_PACKET", "OFPBRC_MULTIPART_BUFFER_OVERFLOW", "OFPBRC_MULTIPART_REQUEST_TIMEOUT",
     "OFPBRC_MULTIPART_REPLY_TIMEOUT"});
constexpr auto bad_action = std::to_array<std::string_view>(
    {"OFPBAC_BAD_TYPE", "OFPBAC_BAD_LEN", "OFPBAC_BAD_VENDOR", "OFPBAC_BAD_VENDOR_TYPE",
     "OFPBAC_BAD_OUT_PORT", "OFPBAC_BAD_ARGUMENT", "OFPBAC_EPERM", "OFPBAC_TOO_MANY",
     "OFPBAC_BAD_QUEUE", "OFPBAC_BAD_OUT_GROUP", "OFPBAC_MATCH_INCONSISTENT",
     "OFPBAC_UNSUPPORTED_ORDER", "OFPBAC_BAD_TAG", "OFPBAC_BAD_SET_TYPE", "OFPBAC_BAD_SET_LEN",
     "OFPBAC_BAD_SET_ARGUMENT"});
constexpr auto bad_instruction = std::to_array<std::string_view>(
    {"OFPBIC_UNKNOWN_INST", "OFPBIC_UNSUP_INST", "OFPBIC_BAD_TABLE_ID", "OFPBIC_UNSUP_METADATA",
     "OFPBIC_UNSUP_METADATA_MASK", "OFPBIC_BAD_EXPERIMENTER", "OFPBIC_BAD_EXP_TYPE",
     "OFPBIC_BAD_LEN", "OFPBIC_EPERM", "OFPBIC_DUP_INST"});
constexpr auto bad_match = std::to_array<std::string_view>(
    {"OFPBMC_BAD_TYPE", "OFPBMC_BAD_LEN", "OFPBMC_BAD_TAG", "OFPBMC_BAD_DL_ADDR_MASK",
     "OFPBMC_BAD_NW_ADDR_MASK", "OFPBMC_BAD_WILDCARDS", "OFPBMC_BAD_FIELD", "OFPBMC_BAD_VALUE",
     "OFPBMC_BAD_MASK", "OFPBMC_BAD_PREREQ", "OFPBMC_DUP_FIELD", "OFPBMC_EPERM"});
constexpr auto flow_mod_failed = std::to_array<std::string_view>(
    {"OFPFMFC_UNKNOWN", "OFPFMFC_TABLE_FULL", "OFPFMFC_BAD_TABLE_ID", "OFPFMFC_OVERLAP",
     "OFPFMFC_EPERM", "OFPFMFC_BAD_TIMEOUT", "OFPFMFC_BAD_COMMAND", "OFPFMFC_BAD_FLAGS",
     "OFPFMFC_CANT_SYNC", "OFPFMFC_BAD_PRIORITY", "OFPFMFC_IS_SYNC"});
constexpr auto group_mod_failed = std::to_array<std::string_view>(
    {"OFPGMFC_GROUP_EXISTS", "OFPGMFC_INVALID_GROUP", "OFPGMFC_WEIGHT_UNSUPPORTED",
     "OFPGMFC_OUT_OF_GROUPS", "OFPGMFC_OUT_OF_BUCKETS", "OFPGMFC_CHAINING_UNSUPPORTED",
     "OFPGMFC_WATCH_UNSUPPORTED", "OFPGMFC_LOOP", "OFPGMFC_UNKNOWN_GROUP", "OFPGMFC_CHAINED_GROUP",
     "OFPGMFC_BAD_TYPE", "OFPGMFC_BAD_COMMAND", "OFPGMFC_BAD_BUCKET", "OFPGMFC_BAD_WATCH",
     "OFPGMFC_EPERM"});
constexpr auto async_config_failed =
    std::to_array<std::string_view>({"OFPACFC_INVALID", "OFPACFC_UNSUPPORTED", "OFPACFC_EPERM"});
constexpr auto bundle_failed = std::to_array<std::string_view>(
    {"OFPBFC_UNKNOWN", "OFPBFC_EPERM", "OFPBFC_BAD_ID", "OFPBFC_BUNDLE_EXIST",
     "OFPBFC_BUNDLE_CLOSED", "OFPBFC_OUT_OF_BUNDLES", "OFPBFC_BAD_TYPE", "OFPBFC_BAD_FLAGS",
     "OFPBFC_MSG_BAD_LEN", "OFPBFC_MSG_BAD_XID", "OFPBFC_MSG_UNSUP", "OFPBFC_MSG_CONFLICT",
     "OFPBFC_MSG_TOO_MANY", "OFPBFC_MSG_FAILED", "OFPBFC_TIMEOUT", "OFPBFC_BUNDLE_IN_PROGRESS"});

struct NiciraName {
  std::uint16_t number;
  std::string_view name;
};

// Open vSwitch's own errors have no codes; their type alone tells.
constexpr auto nicira_names = std::to_array<NiciraName>({
    {2, "NXBRC_NXM_INVALID"},
    {3, "NXBRC_NXM_BAD_TYPE"},
    {4, "NXBRC_MUST_BE_ZERO"},
    {10, "NXBRC_UNENCODABLE_ERROR"},
    {11, "NXBAC_MUST_BE_ZERO"},
    {12, "NXFMFC_HARDWARE"},
    {13, "NXFMFC_BAD_TABLE_ID"},
});

Names codes_of(std::uint16_t type) {
  switch (type) {
    case 0:
      return hello_failed;
    case 1:
      return bad_request;
    case 2:
      return bad_action;
    case 3:
      return bad_instruction;
    case 4:
      return bad_match;
    case 5:
      return flow_mod_failed;
    case 6:
      return group_mod_failed;
    case 15:
      return async_config_failed;
    case 17:
      return bundle_failed;
    default:
      return {};
  }
}

}  // namespace

ErrorCode decode_error(ByteView body) {
  Reader in(body);
  ErrorCode error;
  error.type = in.u16();
  error.code = in.u16();
  if (error.type == OFPET_EXPERIMENTER) error.experimenter = in.u32();
  return error;
}

std::string format(const ErrorCode& error) {
  if (error.experimenter == nicira) {
    for (const auto& [number, name] : nicira_names)
      if (number == error.code) return std::string(name);
  }
  if (error.experimenter != 0) {
    return fmt::format("error {} of experimenter {:#010x}", error.code, error.experimenter);
  }
  const Names names = codes_of(error.type);
  if (error.code < names.size()) return std::string(names[error.code]);
  return fmt::format("error type {}, code {}", error.type, error.code);
}

}  // namespace linkfab::openflow
