package org.patchbay.drills.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that go when the drill does. Any thread. */
public final class TemporaryFolder {
  private TemporaryFolder() {}

  /**
   * Makes a folder with a short path, as the path of a unix socket may have 107 bytes only; the
   * cleanup removes it with all that is in it.
   */
  public static Path create(Cleanup cleanup) throws RigException {
    try {
      Path folder = Files.createTempDirectory(Path.of("/tmp"), "patchbay-drill-");
      cleanup.add("folder " + folder, () -> deleteTree(folder));
      return folder;
    } catch (IOException e) {
      throw new RigException("No folder can be made in /tmp: " + e.getMessage(), e);
    }
  }

  /** Deletes a folder with all that is in it, if it is there. */
  public static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(tree)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
