package org.patchbay.drills.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CpioArchiveTest {

  /** An entry as the kernel's unpacking would see it. */
  private record Entry(String name, int mode, String data) {}

  @Test
  void aProgramComesAfterTheFoldersAboveItAndEachFolderOnce() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (CpioArchive archive = new CpioArchive(out)) {
      archive.program("init", bytes("#!"));
      archive.program("usr/bin/a", bytes("abc"));
      archive.program("usr/bin/bc", bytes("abcd"));
      archive.link("usr/sh", "bin/a");
    }
    assertEquals(
        List.of(
            new Entry("init", 0100755, "#!"),
            new Entry("usr", 0040755, ""),
            new Entry("usr/bin", 0040755, ""),
            new Entry("usr/bin/a", 0100755, "abc"),
            new Entry("usr/bin/bc", 0100755, "abcd"),
            new Entry("usr/sh", 0120777, "bin/a"),
            new Entry("TRAILER!!!", 0, "")),
        parse(out.toByteArray()));
  }

  private static List<Entry> parse(byte[] archive) {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (at < archive.length) {
      assertEquals(0, at % 4, "entries begin at multiples of 4");
      assertEquals("070701", text(archive, at, 6));
      int mode = number(archive, at + 14);
      int size = number(archive, at + 54);
      int nameSize = number(archive, at + 94);
      String name = text(archive, at + 110, nameSize - 1);
      assertEquals(0, archive[at + 110 + nameSize - 1], "the name ends with a zero");
      at = align(at + 110 + nameSize);
      entries.add(new Entry(name, mode, text(archive, at, size)));
      at = align(at + size);
    }
    assertEquals(archive.length, at);
    return entries;
  }

  private static int align(int at) {
    return at + 3 & ~3;
  }

  private static int number(byte[] archive, int at) {
    return Integer.parseInt(text(archive, at, 8), 16);
  }

  private static String text(byte[] archive, int at, int length) {
    return new String(archive, at, length, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
