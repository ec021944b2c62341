package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {
  @TempDir Path folder;

  @Test
  void fullFilesAreRenamedAndTheOldestIsDropped() throws IOException {
    Path file = folder.resolve("log");
    try (RotatingFile log = new RotatingFile(file, 10, 2)) {
      for (int number = 1; number <= 7; number++) {
        log.append("entry" + number);
      }
      assertEquals("entry7", Files.readString(file));
    }
    assertEquals("entry6", Files.readString(folder.resolve("log.1")));
    assertEquals("entry5", Files.readString(folder.resolve("log.2")));
    assertFalse(Files.exists(folder.resolve("log.3")));
  }

  @Test
  void entriesFillAFileUpToItsLimit() throws IOException {
    Path file = folder.resolve("log");
    try (RotatingFile log = new RotatingFile(file, 10, 1)) {
      log.append("12345");
      log.append("67890");
      assertFalse(Files.exists(folder.resolve("log.1")));
      log.append("longer than the limit");
      log.append("x");
    }
    assertEquals("longer than the limit", Files.readString(folder.resolve("log.1")));
    assertEquals("x", Files.readString(file));
  }

  @Test
  void anExistingFileIsContinuedAndItsSizeCounts() throws IOException {
    Path file = folder.resolve("log");
    Files.writeString(file, "old\n");
    try (RotatingFile log = new RotatingFile(file, 8, 1)) {
      log.append("new\n");
      assertEquals("old\nnew\n", Files.readString(file));
      log.append("!");
      assertEquals("old\nnew\n", Files.readString(folder.resolve("log.1")));
    }
  }

  @Test
  void nothingIsWrittenAfterClose() throws IOException {
    Path file = folder.resolve("log");
    RotatingFile log = new RotatingFile(file, 10, 1);
    log.close();
    log.close();
    log.append("late");
    assertEquals("", Files.readString(file));
  }
}
