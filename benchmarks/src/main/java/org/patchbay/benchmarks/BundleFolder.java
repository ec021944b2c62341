package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The folder {@code bundle} of a distribution: jars in a folder for each start level. */
final class BundleFolder {

  /**
   * A bundle.
   *
   * @param level its start level
   * @param jar its file
   */
  record Entry(int level, Path jar) {

    /** The jar's name. */
    String name() {
      return jar.getFileName().toString();
    }

    /** Where a framework finds it without copying it. */
    String location() {
      return "reference:" + jar.toUri();
    }
  }

  private BundleFolder() {}

  /** All bundles, by start level and name. */
  static List<Entry> entries(Path folder) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (var levels = Files.newDirectoryStream(folder, "[0-9][0-9]")) {
      for (Path level : levels) {
        try (var jars = Files.newDirectoryStream(level, "*.jar")) {
          int number = Integer.parseInt(level.getFileName().toString());
          jars.forEach(jar -> entries.add(new Entry(number, jar)));
        }
      }
    }
    entries.sort(Comparator.comparingInt(Entry::level).thenComparing(Entry::name));
    return entries;
  }
}
