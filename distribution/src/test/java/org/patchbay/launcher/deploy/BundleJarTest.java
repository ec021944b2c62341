package org.patchbay.launcher.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a jar is unpacked before it is refused. */
class BundleJarTest {
  private static final int LARGEST = 1 << 20;
  private static final String TOO_LARGE = "it is larger than 1 MiB when it is unpacked";

  /** Begins an entry in a jar's directory, and where that has the entry's unpacked bytes. */
  private static final int DIRECTORY_ENTRY = 0x02014b50;

  private static final int UNPACKED_BYTES = 24;

  @TempDir Path temporary;

  private Path jar(TestJar jar) throws Exception {
    return Files.write(temporary.resolve("a.jar"), jar.bytes());
  }

  private static TestJar bundle() {
    return TestJar.bundle("org.example.large", "1");
  }

  private static String refusal(Path jar) {
    return assertThrows(Refusal.class, () -> BundleJar.read(jar, LARGEST)).why();
  }

  @Test
  void aJarBelowTheBoundIsRead() throws Exception {
    Path jar = jar(bundle().entry("a", new byte[LARGEST / 2]).entry("b", new byte[LARGEST / 3]));
    assertEquals("org.example.large", BundleJar.read(jar, LARGEST).name());
  }

  @Test
  void oneEntryAboveTheBoundIsTooLargeAndNotDamaged() throws Exception {
    assertEquals(TOO_LARGE, refusal(jar(bundle().entry("a", new byte[LARGEST + 1]))));
  }

  @Test
  void entriesThatSayTooLittleOfTheirSizeCountAsWhatTheyAre() throws Exception {
    Path jar = jar(bundle().entry("a", new byte[LARGEST - 1]).entry("b", new byte[LARGEST - 1]));
    byte[] bytes = Files.readAllBytes(jar);
    ByteBuffer lies = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length - UNPACKED_BYTES; at++) {
      if (lies.getInt(at) == DIRECTORY_ENTRY && lies.getInt(at + UNPACKED_BYTES) == LARGEST - 1) {
        lies.putInt(at + UNPACKED_BYTES, 1);
      }
    }
    Files.write(jar, bytes);
    assertEquals(TOO_LARGE, refusal(jar));
  }
}
