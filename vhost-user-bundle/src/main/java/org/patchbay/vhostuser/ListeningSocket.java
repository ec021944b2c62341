package org.patchbay.vhostuser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.patchbay.linux.Errno;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.UnixSocket;

/**
 * A socket that listens at a path, and its file, which only the platform's user may connect to. Any
 * thread.
 */
final class ListeningSocket implements AutoCloseable {

  /** Peers that may wait while another one is served. */
  private static final int BACKLOG = 1;

  private static final long PROBE_MILLIS = 1000;

  /** The bits of a file's mode that tell its type (S_IFMT), and those of a socket (S_IFSOCK). */
  private static final int FILE_TYPE = 0xf000;

  private static final int SOCKET_TYPE = 0xc000;

  private final Path path;
  private final UnixSocket socket;
  private final @Nullable Object fileKey;

  private ListeningSocket(Path path, UnixSocket socket, @Nullable Object fileKey) {
    this.path = path;
    this.socket = socket;
    this.fileKey = fileKey;
  }

  /**
   * Begins to listen. A socket that nobody listens to any more is replaced.
   *
   * @throws IOException with a sentence, if the path is in use or can't be used
   */
  static ListeningSocket open(Path path) throws IOException {
    removeStale(path);
    UnixSocket socket;
    try {
      socket = UnixSocket.listen(path.toString(), BACKLOG, UnixSocket.OWNER_ONLY);
    } catch (LinuxException e) {
      throw new IOException(
          "socket "
              + path
              + " can't be made: "
              + Errno.sentence(e.errno())
              + "; its folder must exist and be writable",
          e);
    }
    try {
      return new ListeningSocket(path, socket, fileKey(path));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static @Nullable Object fileKey(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /**
   * By its type: a device or a pipe refuses a connection, too, and must not be removed for that.
   */
  private static boolean isSocket(Path path) throws IOException {
    Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return mode instanceof Integer bits && (bits & FILE_TYPE) == SOCKET_TYPE;
  }

  private static void removeStale(Path path) throws IOException {
    if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(path)) {
      throw new IOException("socket " + path + " is in the way and no socket; remove it");
    }
    try (UnixSocket other = UnixSocket.connect(path.toString(), PROBE_MILLIS)) {
      throw new IOException(
          "socket "
              + path
              + " is in use by process "
              + other.peer().processId()
              + "; end that, or choose another path");
    } catch (LinuxException e) {
      switch (e.errno()) {
        case Errno.ECONNREFUSED -> Files.deleteIfExists(path);
        case Errno.ENOENT -> {}
        case Errno.EAGAIN ->
            throw new IOException(
                "socket " + path + " is in use by a process that is busy; choose another path", e);
        default ->
            throw new IOException(
                "socket " + path + " can't be used: " + Errno.sentence(e.errno()), e);
      }
    }
  }

  /** Waits for the next peer. */
  UnixSocket accept() throws IOException {
    return socket.accept();
  }

  /** Releases whoever waits in {@link #accept}, which fails from now on. */
  void shutdown() {
    socket.shutdown();
  }

  /** Ends listening and removes the file, unless somebody has put another one there. */
  @Override
  public void close() {
    try {
      if (Objects.equals(fileKey, fileKey(path))) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // It is gone, or nobody's to remove any more: either way it does not lead here.
    }
    socket.close();
  }
}
