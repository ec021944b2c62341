package org.patchbay.drills.platform;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/**
 * An assembled platform in a folder.
 *
 * @param folder the folder with {@code lib/}, {@code bundle/} and {@code etc/}
 * @param command the script that starts it
 */
public record Distribution(Path folder, Path command) {

  /** The one in a folder, with the command in it. */
  public static Distribution in(Path folder) {
    return new Distribution(folder, folder.resolve("patchbay"));
  }

  /**
   * The distribution that these drills belong to: the system property {@code
   * patchbay.distribution}, else the one whose {@code lib/} has the jar of this class.
   */
  public static Distribution ours() throws RigException {
    String given = System.getProperty("patchbay.distribution");
    Path folder = given == null ? folderOfOurJar() : Path.of(given).toAbsolutePath();
    if (!Files.isRegularFile(folder.resolve("lib").resolve("launcher.jar"))) {
      throw new RigException(
          folder + " is no distribution; name one with -Dpatchbay.distribution=FOLDER.");
    }
    return in(folder);
  }

  private static Path folderOfOurJar() throws RigException {
    Path jar = codeOf(Distribution.class);
    Path library = jar.getParent();
    Path folder = library == null ? null : library.getParent();
    if (folder == null) {
      throw new RigException(jar + " does not lie in the folder lib of a distribution.");
    }
    return folder;
  }

  /** The jar or folder that a class of the drills was loaded from. */
  public static Path codeOf(Class<?> type) throws RigException {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new RigException("The code of the drills can't be found: " + e.getMessage(), e);
    }
  }

  /**
   * The packed form of this distribution, where a build left it: the system property {@code
   * patchbay.archive}, else the {@code patchbay-*.tar.gz} beside the folder.
   */
  public Optional<Path> archive() throws RigException {
    String given = System.getProperty("patchbay.archive");
    if (given != null) {
      return Optional.of(Path.of(given).toAbsolutePath());
    }
    Path beside = folder.getParent();
    return beside == null
        ? Optional.empty()
        : files(beside, "patchbay-*.tar.gz").stream().findAny();
  }

  /**
   * The jar of one of its bundles.
   *
   * @param module the name of the module that it was built from, such as {@code loopback-bundle}
   */
  public Path bundle(String module) throws RigException {
    for (Path level : files(folder.resolve("bundle"), "[0-9][0-9]")) {
      List<Path> found = files(level, module + "-[0-9]*.jar");
      if (!found.isEmpty()) {
        return found.getFirst();
      }
    }
    throw new RigException("The distribution " + folder + " has no bundle " + module + ".");
  }

  private static List<Path> files(Path folder, String pattern) throws RigException {
    List<Path> found = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(folder, pattern)) {
      entries.forEach(found::add);
    } catch (IOException e) {
      throw new RigException("The folder " + folder + " can't be read: " + e.getMessage(), e);
    }
    return found;
  }
}
