package org.patchbay.drills.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A user without any privilege, for programs that must do without: this process's own user, or
 * {@code nobody} if that is root. Any thread.
 */
public final class PlainUser {
  private static final String NAME = "nobody";
  private static final String GROUP = "nogroup";

  /** Takes everything away that root has, for good. */
  private static final CommandPrefix AS_NOBODY =
      new CommandPrefix(
          List.of(
              "setpriv",
              "--reuid",
              NAME,
              "--regid",
              GROUP,
              "--clear-groups",
              "--no-new-privs",
              "--inh-caps=-all",
              "--bounding-set=-all"));

  /** Lines of {@code /proc/PID/status} that tell what a process may do. */
  private static final List<String> CAPABILITIES = List.of("CapInh", "CapPrm", "CapEff", "CapAmb");

  private final boolean root;

  private PlainUser(boolean root) {
    this.root = root;
  }

  /** The one for this process. */
  public static PlainUser find() throws RigException {
    try {
      return new PlainUser(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0));
    } catch (IOException e) {
      throw new RigException("This process's user can't be found: " + e.getMessage(), e);
    }
  }

  /**
   * What this machine lacks for one, as a sentence.
   *
   * @param program one that the user has to be able to run
   */
  public Optional<String> obstacle(Path program) throws InterruptedException {
    if (!root) {
      return Optional.empty();
    }
    if (!Tool.missing(List.of("setpriv")).isEmpty()) {
      return Optional.of("it needs the program setpriv: apt-get install util-linux");
    }
    try {
      Tool.must(AS_NOBODY.before(List.of("test", "-x", program.toString())));
      return Optional.empty();
    } catch (RigException e) {
      return Optional.of(
          "the user " + NAME + " has to be able to run " + program + ", but can't reach it");
    }
  }

  /** What makes a command run as this user. */
  public CommandPrefix prefix() {
    return root ? AS_NOBODY : CommandPrefix.NONE;
  }

  /** Whether this process is root's, and so may look into what belongs to this user. */
  public boolean isSeenByRoot() {
    return root;
  }

  /** Gives the user a file or a folder with all that is in it. */
  public void own(Path tree) throws RigException {
    if (!root) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      UserPrincipalLookupService users = tree.getFileSystem().getUserPrincipalLookupService();
      for (Path path : paths.toList()) {
        Files.setAttribute(
            path, "posix:owner", users.lookupPrincipalByName(NAME), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(
            path,
            "posix:group",
            users.lookupPrincipalByGroupName(GROUP),
            LinkOption.NOFOLLOW_LINKS);
      }
    } catch (IOException e) {
      throw new RigException(tree + " can't be given to " + NAME + ": " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a process, each of its threads included, is not root's and may do nothing that
   * others may not.
   *
   * @throws RigException with what it may, if it does
   */
  public static void requireNoPrivilege(Child child) throws RigException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", "" + child.pid(), "task"))) {
      for (Path thread : threads.toList()) {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
          privilege(line).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      throw new RigException(
          "What process " + child.pid() + " may do can't be read: " + e.getMessage(), e);
    }
    if (!found.isEmpty()) {
      throw new RigException(
          child.name() + " is not without privileges: " + String.join(", ", found));
    }
  }

  /** What a line of {@code /proc/PID/status} says of a privilege; empty if none. */
  static Optional<String> privilege(String line) {
    // Uid:	real effective saved file-system; CapEff:	sixteen hexadecimal digits
    String[] words = line.split("\\s+");
    String what = words[0].substring(0, Math.max(0, words[0].length() - 1));
    List<String> values = List.of(words).subList(1, words.length);
    boolean privileged =
        what.equals("Uid")
            ? values.contains("0")
            : CAPABILITIES.contains(what) && !values.equals(List.of("0".repeat(16)));
    return privileged ? Optional.of(line.strip().replace('\t', ' ')) : Optional.empty();
  }
}
