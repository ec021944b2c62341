package org.patchbay.drills.rig;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

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
      cleanup.add("folder " + folder, () -> delete(folder));
      return folder;
    } catch (IOException e) {
      throw new RigException("No folder can be made in /tmp: " + e.getMessage(), e);
    }
  }

  private static void delete(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // Removed by its owner in the meantime; what is not will fail its folder's deletion.
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
