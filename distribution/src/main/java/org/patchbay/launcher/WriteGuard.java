package org.patchbay.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who, besides the platform's user and root, could put code or configuration into a
 * platform: into a folder whose files it runs, into such a file, or by exchanging a folder above.
 *
 * <p>The group that a file belongs to counts as others. With an access control list the group's
 * bits are its mask, so that a right given to another user shows there. Symbolic links are followed
 * first: what counts is where they lead. Any thread.
 */
final class WriteGuard {
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;
  private static final int MOST_LINKS = 40;

  private final Path code;
  private final int user;
  private final boolean modes;

  /**
   * Makes a guard.
   *
   * @param code the folder of the platform's own code: who can exchange that needs nothing else, so
   *     folders that it and a checked path have in common above them are not looked at
   * @param user the number of the user who runs the platform
   */
  WriteGuard(Path code, int user) throws IOException {
    this.code = code.toRealPath();
    this.user = user;
    this.modes = knowsModes(code);
  }

  /** A guard for the user of this process. */
  static WriteGuard ofThisProcess(Path code) throws IOException {
    return new WriteGuard(code, knowsModes(code) ? ownUser() : ROOT);
  }

  /** Whether the file system has owners and modes; where it has none, nothing can be checked. */
  static boolean knowsModes(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static int ownUser() throws IOException {
    Path self = Path.of("/proc/self");
    if (Files.exists(self)) {
      return (Integer) Files.getAttribute(self, "unix:uid");
    }
    // A system without /proc: a file that this process makes is its user's.
    Path mine = Files.createTempFile("patchbay", null);
    try {
      return (Integer) Files.getAttribute(mine, "unix:uid");
    } finally {
      Files.delete(mine);
    }
  }

  /**
   * Checks a folder, all that lies directly in it, and the folders above it.
   *
   * @throws LaunchException if somebody else may write there, with the command that mends it
   */
  void checkFolder(Path folder) throws IOException, LaunchException {
    checkAlone(folder);
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        refuse(problem(file));
      }
    }
  }

  /** Checks a folder and the folders above it, but not what lies in it. */
  void checkAlone(Path folder) throws IOException, LaunchException {
    if (!modes || Files.notExists(folder)) {
      return;
    }
    refuse(problem(folder));
    refuse(problemOfWay(folder, folder.toRealPath()));
  }

  /** Why somebody could lead a way to a file or folder elsewhere, by a folder above it. */
  private @Nullable String problemOfWay(Path path, Path real) throws IOException {
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      if (code.startsWith(above)) {
        return null;
      }
      String problem = problemAbove(above, path);
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  private static void refuse(@Nullable String problem) throws LaunchException {
    if (problem != null) {
      throw new LaunchException(problem);
    }
  }

  /** Why a file or folder is not safe, with the command that mends it, or null if it is safe. */
  @Nullable String problem(Path path) throws IOException {
    if (!modes || Files.notExists(path)) {
      // A link to nowhere holds nothing that could be run.
      return null;
    }
    // Each link on the way leads into a folder, in which it must not be exchanged.
    Path hop = path;
    for (int hops = 0; Files.isSymbolicLink(hop) && hops < MOST_LINKS; hops++) {
      Path target = hop.resolveSibling(Files.readSymbolicLink(hop)).toAbsolutePath();
      Path folder = target.getParent();
      if (folder != null) {
        String problem = problemOfWay(path, folder.toRealPath().resolve("it"));
        if (problem != null) {
          return problem;
        }
      }
      hop = target;
    }
    Path real = path.toRealPath();
    int owner = (Integer) Files.getAttribute(real, "unix:uid");
    if (owner != user && owner != ROOT) {
      return real
          + " belongs to "
          + Files.getOwner(real).getName()
          + ", who could change what the platform runs; give it to the platform's user: chown "
          + userName()
          + " "
          + quoted(real);
    }
    String who = writers(mode(real));
    return who == null
        ? null
        : real
            + " can be written to by "
            + who
            + ", who could change what the platform runs; take that right away: chmod go-w "
            + quoted(real);
  }

  private @Nullable String problemAbove(Path above, Path folder) throws IOException {
    int owner = (Integer) Files.getAttribute(above, "unix:uid");
    if (owner != user && owner != ROOT) {
      return above
          + " belongs to "
          + Files.getOwner(above).getName()
          + ", who could put another folder in the place of "
          + folder
          + "; choose another home with --home or PATCHBAY_HOME, or: chown "
          + userName()
          + " "
          + quoted(above);
    }
    int mode = mode(above);
    String who = writers(mode);
    // In a folder with the sticky bit, such as /tmp, nobody can rename what is another's.
    return who == null || (mode & STICKY) != 0
        ? null
        : above
            + " can be written to by "
            + who
            + ", who could put another folder in the place of "
            + folder
            + "; take that right away: chmod go-w "
            + quoted(above);
  }

  private static @Nullable String writers(int mode) {
    if ((mode & OTHERS_WRITE) != 0) {
      return "everybody";
    }
    return (mode & GROUP_WRITES) == 0 ? null : "its group";
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  private String userName() {
    return Objects.requireNonNullElse(System.getProperty("user.name"), Integer.toString(user));
  }

  /** A path as a shell takes it. */
  private static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
