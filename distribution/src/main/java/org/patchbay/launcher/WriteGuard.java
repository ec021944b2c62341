package org.patchbay.launcher;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who, besides the platform's user and root, could put code or configuration into a
 * platform: into a folder whose files it runs, into such a file, or by exchanging a folder above.
 *
 * <p>The group that a file belongs to counts as others. With an access control list the group's
 * bits are its mask, so that a right given to another user shows there. Of symbolic links what
 * counts is who could lead them elsewhere, and what they lead to; or, where that is not there, who
 * could make it. Any thread.
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
   * Where a path leads, and whether anybody else has a say in that.
   *
   * @param real the path without links, as far as it was followed
   * @param problem why it is not safe, as a sentence with the command that mends it, or null if it
   *     is safe
   */
  record Way(Path real, @Nullable String problem) {}

  /**
   * Checks a folder, all that lies directly in it, and the folders above it.
   *
   * @return the folder without links, which is what was checked
   * @throws LaunchException if somebody else may write there, with the command that mends it
   */
  Path checkFolder(Path folder) throws IOException, LaunchException {
    Path real = checkAlone(folder);
    try (var files = Files.newDirectoryStream(real)) {
      for (Path file : files) {
        checkAlone(file);
      }
    }
    return real;
  }

  /**
   * Checks a file or folder and the folders above it, but not what lies in it.
   *
   * @return the file or folder without links, which is what was checked
   * @throws LaunchException if somebody else may write there, with the command that mends it
   */
  Path checkAlone(Path path) throws IOException, LaunchException {
    Way way = follow(path);
    if (way.problem() != null) {
      throw new LaunchException(way.problem());
    }
    return way.real();
  }

  /**
   * Follows a path name by name, as the kernel does, and checks each link on it, what it leads to,
   * and the folders above these. What is not there and no link leads to is safe: it is nothing.
   */
  Way follow(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    if (!modes) {
      return new Way(Files.exists(absolute) ? absolute.toRealPath() : absolute, null);
    }
    Path root = Objects.requireNonNull(absolute.getRoot());
    Path real = root;
    Deque<Path> ahead = names(absolute);
    int links = 0;
    while (!ahead.isEmpty()) {
      // What was followed holds no link, so that '..' is the folder above.
      Path next = real.resolve(ahead.pop()).normalize();
      if (Files.isSymbolicLink(next)) {
        if (++links > MOST_LINKS) {
          throw new FileSystemLoopException(path.toString());
        }
        String problem = problemOfLink(next, path);
        if (problem != null) {
          return new Way(next, problem);
        }
        Path target = Files.readSymbolicLink(next);
        real = target.isAbsolute() ? root : real;
        Deque<Path> names = names(target);
        names.addAll(ahead);
        ahead = names;
      } else if (isMissing(next)) {
        return new Way(next, links == 0 ? null : problemOfMissing(next, path));
      } else {
        real = next;
      }
    }
    String problem = problemOf(real);
    return new Way(real, problem != null ? problem : problemOfWay(real, path));
  }

  private static Deque<Path> names(Path path) {
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::add);
    return names;
  }

  /** Whether nothing is there, not even a link; what cannot be looked at is none of that. */
  private static boolean isMissing(Path path) throws IOException {
    try {
      mode(path);
      return false;
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** Why somebody could exchange a file, folder or link that is on a path. */
  private @Nullable String problemOfWay(Path real, Path path) throws IOException {
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

  /** Why somebody could exchange a link that is on a path. */
  private @Nullable String problemOfLink(Path link, Path path) throws IOException {
    int owner = (Integer) Files.getAttribute(link, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    Path folder = Objects.requireNonNull(link.getParent());
    // In a folder with the sticky bit everybody can have a link, and exchange it later.
    if (owner != user && owner != ROOT && (mode(folder) & STICKY) != 0) {
      return link
          + " belongs to "
          + Files.getOwner(link, LinkOption.NOFOLLOW_LINKS).getName()
          + ", who could lead "
          + path
          + " elsewhere; give it to the platform's user: chown -h "
          + userName()
          + " "
          + quoted(link);
    }
    return problemOfWay(link, path);
  }

  /** Why somebody could make what a link leads to and is not there. */
  private @Nullable String problemOfMissing(Path missing, Path path) throws IOException {
    String problem = problemOfWay(missing, path);
    Path folder = missing.getParent();
    if (problem != null || folder == null || code.startsWith(folder)) {
      return problem;
    }
    // The sticky bit does not keep anybody from making something new.
    String who = writers(mode(folder));
    return who == null
        ? null
        : path
            + " leads to "
            + missing
            + ", which is not there, and "
            + folder
            + " can be written to by "
            + who
            + ", who could make it; do that first, or delete the link: rm "
            + quoted(path);
  }

  /** Why somebody could change a file or folder. */
  private @Nullable String problemOf(Path real) throws IOException {
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

  private @Nullable String problemAbove(Path above, Path path) throws IOException {
    int owner = (Integer) Files.getAttribute(above, "unix:uid");
    if (owner != user && owner != ROOT) {
      return above
          + " belongs to "
          + Files.getOwner(above).getName()
          + ", who could put something else in the place of "
          + path
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
            + ", who could put something else in the place of "
            + path
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
