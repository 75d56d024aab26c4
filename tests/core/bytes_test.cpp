#include "core/bytes.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab {
namespace {

using testing::ElementsAre;

TEST(Writer, WritesBigEndian) {
  Writer writer;
  writer.u8(0x01).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f);
  EXPECT_THAT(writer.view(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

TEST(Writer, PadsToTheNextMultipleAndNotFurther) {
  EXPECT_EQ(Writer{}.pad(8).size(), 0U);
  EXPECT_EQ(Writer{}.u8(1).pad(8).size(), 8U);
  EXPECT_EQ(Writer{}.u64(1).pad(8).size(), 8U);
  EXPECT_EQ(Writer{}.u32(1).u8(1).pad(8, 4).size(), 12U) << "counted from byte 4";
}

TEST(Writer, ALengthIsWrittenWhenItIsKnown) {
  Writer writer;
  writer.u16(0).zeros(2);
  writer.set_u16(0, 0x0104);
  EXPECT_THAT(writer.take(), ElementsAre(1, 4, 0, 0));
}

TEST(Writer, ALengthOutsideIsABug) {
  Writer writer;
  writer.u16(0);
  EXPECT_THROW(writer.set_u16(1, 7), std::out_of_range);
}

TEST(Reader, ReadsWhatWasWritten) {
  const Bytes bytes = Writer{}
                          .u8(0xff)
                          .u16(0xfffe)
                          .u32(0xfffffffd)
                          .u64(~std::uint64_t{0})
                          .bytes(Bytes{9, 8})
                          .take();
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 0xff);
  EXPECT_EQ(reader.u16(), 0xfffe);
  EXPECT_EQ(reader.u32(), 0xfffffffd);
  EXPECT_EQ(reader.u64(), ~std::uint64_t{0});
  EXPECT_THAT(reader.bytes(2), ElementsAre(9, 8));
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.ok());
}

TEST(Reader, PastTheEndEverythingIsZeroForGood) {
  const Bytes bytes{1, 2, 3};
  Reader reader(bytes);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0) << "although a byte would be there";
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_EQ(reader.remaining(), 0U);
}

TEST(Reader, AHugeLengthIsNoMoreThanAnErrorToo) {
  const Bytes bytes{1, 2, 3};
  Reader reader(bytes);
  reader.skip(~std::size_t{0});
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, ADecoderCanFailByItself) {
  const Bytes bytes{1, 2, 3};
  Reader reader(bytes);
  reader.skip(1);
  EXPECT_TRUE(reader.ok());
  reader.fail();
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u16(), 0);
}

}  // namespace
}  // namespace linkfab
