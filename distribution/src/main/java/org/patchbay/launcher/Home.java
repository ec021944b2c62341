package org.patchbay.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one platform, held exclusively from {@link #open} to {@link #close}.
 *
 * <pre>
 * etc/     configurations; copied from the distribution when the home is new
 * deploy/  bundles and configurations dropped here are installed while the platform runs
 * log/     patchbay.log and its predecessors, the prompt's history
 * run/     mode 0700, only there while a platform runs: framework storage, control.sock
 * lock     held by the running platform, with its process id
 * </pre>
 *
 * <p>Nobody but the platform's user and root may write to the home, {@code etc/}, {@code deploy/},
 * {@code run/} or a file in them, nor exchange them from a folder above, see {@link WriteGuard}.
 */
final class Home implements AutoCloseable {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");

  /** Bytes that the address of a unix socket holds on all systems, without its final zero. */
  private static final int SOCKET_PATH_LIMIT = 103;

  private final Path folder;
  // Without links once they were checked, which is before the home is handed out.
  private Path etc;
  private Path deploy;
  private final FileChannel lockFile;

  private Home(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.etc = folder.resolve("etc");
    this.deploy = folder.resolve("deploy");
    this.lockFile = lockFile;
  }

  /**
   * Takes a home folder, making what is missing in it.
   *
   * @param folder the home; made when it does not exist
   * @param defaults the distribution's folder, whose {@code etc/} a new home gets a copy of
   * @return the home, to be closed by the caller
   * @throws LaunchException when another platform runs there, the folder cannot be used, or
   *     somebody else may write to it
   */
  static Home open(Path folder, Path defaults) throws LaunchException {
    checkLength(folder);
    FileChannel lockFile = null;
    try {
      makeFolders(folder);
      WriteGuard guard = WriteGuard.ofThisProcess(defaults);
      // From here on without links, just what was checked.
      Path real = guard.checkAlone(folder);
      lockFile =
          FileChannel.open(
              real.resolve("lock"),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              mode(real, FILE));
      lock(folder, lockFile);
      Home home = new Home(real, lockFile);
      home.prepare(defaults, guard);
      return home;
    } catch (IOException e) {
      closeQuietly(lockFile);
      throw new LaunchException(
          "The home folder "
              + folder
              + " cannot be used ("
              + describe(e)
              + "); choose one that you may write to with --home or PATCHBAY_HOME.",
          e);
    } catch (LaunchException e) {
      closeQuietly(lockFile);
      throw e;
    }
  }

  private static void checkLength(Path folder) throws LaunchException {
    int length = controlSocket(folder).toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > SOCKET_PATH_LIMIT) {
      throw new LaunchException(
          "The home folder "
              + folder
              + " lies too deep for its control socket, by "
              + (length - SOCKET_PATH_LIMIT)
              + " bytes; choose another one with --home or PATCHBAY_HOME.");
    }
  }

  /** Where a platform in this home answers commands. */
  static Path controlSocket(Path folder) {
    return folder.resolve("run").resolve("control.sock");
  }

  private static void lock(Path folder, FileChannel lockFile) throws IOException, LaunchException {
    FileLock lock;
    try {
      lock = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another platform of this very JVM: as held as any other.
      lock = null;
    }
    if (lock == null) {
      throw new LaunchException(
          "A platform already runs in "
              + folder
              + " (process "
              + read(lockFile)
              + "); end it, or choose another home with --home or PATCHBAY_HOME.");
    }
    lockFile.truncate(0);
    byte[] processId =
        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
    lockFile.write(ByteBuffer.wrap(processId), 0);
  }

  private static String read(FileChannel file) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(32);
    file.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).strip();
  }

  private void prepare(Path defaults, WriteGuard guard) throws IOException, LaunchException {
    if (Files.notExists(etc())) {
      copy(defaults.resolve("etc"), etc());
    }
    makeFolders(deploy());
    makeFolders(folder.resolve("log"));
    etc = guard.checkFolder(etc());
    deploy = guard.checkFolder(deploy());
    // What an earlier platform left that was killed, unless somebody could have tampered with it.
    guard.checkAlone(run());
    delete(run());
    Files.createDirectory(run(), mode(folder, OWNER_ONLY));
    guard.checkAlone(run());
    Files.createDirectory(temporary());
  }

  /** Makes a folder and those above it with modes of our own: a umask may let the group write. */
  private static void makeFolders(Path folder) throws IOException {
    // A folder that is there keeps its mode, also one that a symbolic link leads to.
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, mode(folder, FOLDER));
    }
  }

  private static FileAttribute<?>[] mode(Path path, Set<PosixFilePermission> permissions) {
    return WriteGuard.knowsModes(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  Path folder() {
    return folder;
  }

  Path etc() {
    return etc;
  }

  Path deploy() {
    return deploy;
  }

  Path logFile() {
    return folder.resolve("log").resolve("patchbay.log");
  }

  Path run() {
    return folder.resolve("run");
  }

  Path storage() {
    return run().resolve("bundles");
  }

  Path temporary() {
    return run().resolve("tmp");
  }

  /** Removes {@code run/} and lets the home go; harmless when done twice. */
  @Override
  public void close() throws IOException {
    if (lockFile.isOpen()) {
      try (lockFile) {
        delete(run());
        lockFile.truncate(0);
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    makeFolders(to);
    if (Files.notExists(from)) {
      return;
    }
    try (var files = Files.newDirectoryStream(from)) {
      for (Path file : files) {
        // Not with the modes of the original, to which a clone's umask may have let the group
        // write.
        Path copy = to.resolve(file.getFileName().toString());
        Files.createFile(copy, mode(to, FILE));
        Files.write(copy, Files.readAllBytes(file));
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    if (Files.notExists(tree)) {
      return;
    }
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
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static String describe(IOException e) {
    String message = e.getMessage();
    return e.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static void closeQuietly(@Nullable FileChannel file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException ignored) {
        // The reason for giving up is already on its way to the user.
      }
    }
  }
}
