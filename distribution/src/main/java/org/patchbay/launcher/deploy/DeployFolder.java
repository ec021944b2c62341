package org.patchbay.launcher.deploy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;

/**
 * Keeps the bundles of a platform as the jars in a folder are: what appears is installed and
 * started, what changes is updated, what is deleted is stopped and uninstalled.
 *
 * <p>The folder is looked at twice a second. A jar that is there at the start, or has not changed
 * between two looks, is copied, and the copy is read whole. Only a good jar whose requirements are
 * met reaches the framework; one that waits for another bundle is installed when that arrives. What
 * is wrong with a jar is said once, until something else is.
 */
public final class DeployFolder implements AutoCloseable {

  /** What the folder has to say to operators. Called by the folder's thread. */
  public interface Report {
    /** A jar was refused or stopped running; one sentence. */
    void warning(String sentence);

    /** A jar runs or was removed; one sentence. */
    void info(String sentence);
  }

  /** Finds out whether others may write to a file. */
  public interface Guard {
    /** Follows a path to its file, and looks who could change either. */
    Checked check(Path file) throws IOException;
  }

  /**
   * What a guard has found.
   *
   * @param real the file, without links
   * @param problem why it cannot be trusted, as a sentence without its end, or null if it can
   */
  public record Checked(Path real, @Nullable String problem) {}

  private static final long POLL_MILLIS = 500;
  private static final long CLOSE_MILLIS = 500;

  /** What a bundle may take to start or stop before the others go on. */
  private static final long CALL_MILLIS = 10_000;

  private static final String JAR = ".jar";

  /**
   * Not jars yet, or not for us: what copying programs and editors make meanwhile, and settings.
   */
  private static final Set<String> IGNORED =
      Set.of("cfg", "config", "tmp", "temp", "part", "partial", "filepart", "swp", "crdownload");

  private final Path folder;
  private final Path temporary;
  private final Guard guard;
  private final Report report;
  private final Sentences sentences = new Sentences();
  private final BundleKeeper keeper;
  private final Map<Path, Deployment> deployments = new TreeMap<>();
  private final Set<Path> strangers = new HashSet<>();
  private final Thread thread;
  private volatile boolean closed;
  private boolean first = true;
  private int copies;
  private @Nullable String folderProblem;

  /**
   * Makes it; nothing happens before {@link #start}.
   *
   * @param folder the folder
   * @param temporary a folder on whose files nobody else works, for copies of jars
   * @param context the system bundle's
   * @param startLevel of the bundles
   */
  public DeployFolder(
      Path folder,
      Path temporary,
      BundleContext context,
      int startLevel,
      Guard guard,
      Report report) {
    this(folder, temporary, context, startLevel, CALL_MILLIS, guard, report);
  }

  /** With a limit for each start and stop of a bundle; for tests. */
  DeployFolder(
      Path folder,
      Path temporary,
      BundleContext context,
      int startLevel,
      long callMillis,
      Guard guard,
      Report report) {
    this.folder = folder;
    this.temporary = temporary;
    this.guard = guard;
    this.report = report;
    keeper = new BundleKeeper(context, startLevel, callMillis, sentences);
    thread = new Thread(this::watch, "patchbay-deploy");
    thread.setDaemon(true);
  }

  /** Begins to watch. */
  public void start() {
    keeper.open();
    thread.start();
  }

  /** Ends watching and leaves the bundles as they are. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.interrupt();
    thread.join(CLOSE_MILLIS);
    keeper.close();
  }

  private void watch() {
    try {
      while (!closed) {
        try {
          if (keeper.isOpen()) {
            look();
          }
        } catch (InterruptedException e) {
          throw e;
        } catch (Throwable e) { // the thread goes on, whatever a jar or a bundle caused
          // The folder is gone for the moment, or the framework ends.
          sayOfFolder(
              "The folder " + folder + " cannot be worked on: " + Printable.text(e.toString()));
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sayOfFolder(@Nullable String problem) {
    if (problem != null && !problem.equals(folderProblem) && !closed) {
      report.warning(problem);
    }
    folderProblem = problem;
  }

  /** Looks at the folder once and does what follows from it. */
  void look() throws IOException, InterruptedException {
    Set<Path> jars = new HashSet<>();
    Set<Path> others = new HashSet<>();
    boolean changed = false;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (isJar(file)) {
          jars.add(file);
          changed |= glance(deployments.computeIfAbsent(file, Deployment::new));
        } else {
          others.add(file);
          tellOfStranger(file);
        }
      }
    }
    strangers.retainAll(others);
    sayOfFolder(null);
    for (Deployment deployment : List.copyOf(deployments.values())) {
      // A link to a jar that was deleted is no jar either.
      if (!jars.contains(deployment.file) && keeper.remove(deployment)) {
        dropCandidate(deployment);
        deployments.remove(deployment.file);
        changed = true;
      }
    }
    first = false;
    keeper.settle(new ArrayList<>(deployments.values()), changed);
    for (Deployment deployment : deployments.values()) {
      if (deployment.candidate == null) {
        // Its copy was taken over or refused for good.
        dropCopy(deployment);
      }
    }
  }

  private static boolean isJar(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(JAR) && !name.startsWith(".") && Files.isRegularFile(file);
  }

  private void tellOfStranger(Path file) {
    String name = String.valueOf(file.getFileName());
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    boolean meant =
        !name.startsWith(".")
            && !name.endsWith("~")
            && !IGNORED.contains(ending)
            && !Files.isDirectory(file);
    if (meant && strangers.add(file)) {
      report.warning("deploy/" + Printable.text(name + " is not used: " + whyStrange(file)) + ".");
    }
  }

  private static String whyStrange(Path file) {
    if (!file.toString().endsWith(JAR)) {
      return "only jars (.jar) and configurations (.cfg, .config) are";
    }
    try {
      return Files.exists(file)
          ? "it is no regular file"
          : "it leads to "
              + Files.readSymbolicLink(file)
              + ", which is not there or cannot be reached";
    } catch (IOException e) {
      return "it cannot be looked at: " + e;
    }
  }

  /**
   * Looks at a jar and examines it if it is new and has come to rest.
   *
   * @return whether there is something new to settle
   */
  private boolean glance(Deployment deployment) {
    Fingerprint now;
    try {
      now = Fingerprint.of(deployment.file);
    } catch (IOException e) {
      // It was deleted between the listing and now, or is a link to nowhere.
      return false;
    }
    boolean atRest = first || now.equals(deployment.seen);
    deployment.seen = now;
    if (!atRest || now.equals(deployment.examined)) {
      return false;
    }
    deployment.examined = null;
    dropCandidate(deployment);
    try {
      if (!copy(deployment, now)) {
        return false;
      }
      // What is wrong with the copy stays so until the file changes.
      deployment.examined = now;
      deployment.candidate = BundleJar.read(Objects.requireNonNull(deployment.copy));
      return true;
    } catch (Refusal e) {
      sentences.refused(deployment, e.why());
    } catch (Throwable e) { // a stranger's jar may be too deep or too large for what reads it
      sentences.refused(deployment, "it cannot be read: " + e);
    }
    return false;
  }

  /**
   * Copies a jar, unless it is too large or others could change it.
   *
   * @return whether the copy is what was seen; not if the file has gone or is being written to
   * @throws Refusal if there is no copy; the next look tries again, as the rights of a folder and
   *     the room on a disk change without the jar
   */
  private boolean copy(Deployment deployment, Fingerprint now) throws Refusal {
    BundleJar.requireSize(now.size());
    Path copy = temporary.resolve("deploy-" + copies + JAR);
    boolean whole = false;
    try {
      Checked checked = guard.check(deployment.file);
      if (checked.problem() != null) {
        throw new Refusal(checked.problem());
      }
      try (FileChannel from =
          FileChannel.open(
              checked.real(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
        deployment.copy = copy;
        write(from, now.size(), copy);
      }
      whole = now.equals(Fingerprint.of(deployment.file));
    } catch (IOException e) {
      if (Files.exists(deployment.file)) {
        throw new Refusal("it cannot be copied: " + e + "; that is tried again", e);
      }
      // It was deleted in the meantime.
    } finally {
      if (whole) {
        copies++;
      } else {
        dropCopy(deployment);
      }
    }
    return whole;
  }

  /** Copies as many bytes as a file had when it was looked at, and no more if it grows. */
  private static void write(FileChannel from, long size, Path copy) throws IOException {
    try (FileChannel to =
        FileChannel.open(
            copy,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      long done = 0;
      long n = 1;
      while (done < size && n > 0) {
        n = from.transferTo(done, size - done, to);
        done += n;
      }
    }
  }

  private static void dropCandidate(Deployment deployment) {
    deployment.candidate = null;
    dropCopy(deployment);
  }

  private static void dropCopy(Deployment deployment) {
    Path copy = deployment.copy;
    deployment.copy = null;
    if (copy != null) {
      try {
        Files.deleteIfExists(copy);
      } catch (IOException e) {
        // It goes with run/ at the end of the platform.
      }
    }
  }

  /** Sentences about deployments, each said once until there is another one to say. */
  private final class Sentences implements BundleKeeper.Voice {
    @Override
    public void refused(Deployment deployment, String why) {
      say(
          deployment,
          (deployment.installed == null
                  ? "was refused: "
                  : "was refused, and what runs of it goes on: ")
              + why);
    }

    @Override
    public void notRunning(Deployment deployment, String why) {
      say(deployment, "does not run: " + why);
    }

    @Override
    public void well(Deployment deployment, String what) {
      deployment.said = null;
      report.info(deployment.label() + " " + Printable.text(what) + ".");
    }

    private void say(Deployment deployment, String what) {
      String sentence = deployment.label() + " " + Printable.text(what) + ".";
      if (!sentence.equals(deployment.said) && keeper.isOpen() && !closed) {
        deployment.said = sentence;
        report.warning(sentence);
      }
    }
  }
}
