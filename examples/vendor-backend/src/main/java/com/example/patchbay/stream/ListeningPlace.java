package com.example.patchbay.stream;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.Errno;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.StreamSocket;
import org.patchbay.linux.UnixSocket;

/**
 * The socket at which a server listens as long as it is configured, and its file if it has one. A
 * peer that comes while the endpoint is not plugged waits there.
 */
final class ListeningPlace implements AutoCloseable {
  /** Peers that may wait to be accepted. */
  private static final int BACKLOG = 4;

  private static final long PROBE_MILLIS = 1000;

  /** The bits of a file's mode that tell its type (S_IFMT), and those of a socket (S_IFSOCK). */
  private static final int FILE_TYPE = 0xf000;

  private static final int SOCKET_TYPE = 0xc000;

  private final StreamSocket socket;
  private final @Nullable Path file;
  private final @Nullable Object fileKey;

  private ListeningPlace(StreamSocket socket, @Nullable Path file, @Nullable Object fileKey) {
    this.socket = socket;
    this.file = file;
    this.fileKey = fileKey;
  }

  /**
   * Begins to listen. A unix socket that nobody listens to any more is replaced.
   *
   * @throws EndpointException with key, value and cause; nothing is left behind
   */
  static ListeningPlace open(StreamSettings settings) throws EndpointException {
    Path file = settings.address() instanceof UnixDomainSocketAddress unix ? unix.getPath() : null;
    if (file != null) {
      removeStale(settings, file);
    }
    StreamSocket socket;
    try {
      socket = StreamSocket.listen(settings.address(), BACKLOG);
    } catch (LinuxException e) {
      throw cannotListen(settings, e);
    }
    try {
      return new ListeningPlace(socket, file, file == null ? null : fileKey(file));
    } catch (IOException e) {
      socket.close();
      throw new EndpointException(
          EndpointError.SYSTEM_CALL_FAILED,
          settings.place() + " went away while it was made: " + e,
          e);
    }
  }

  private static void removeStale(StreamSettings settings, Path file) throws EndpointException {
    try {
      if (!isSocket(file)) {
        throw new EndpointException(
            EndpointError.INVALID_CONFIGURATION,
            settings.place() + " is in the way and no socket; remove it or choose another path");
      }
    } catch (IOException nothingThere) {
      // Or a folder that can't be entered, which listening will say.
      return;
    }
    try (UnixSocket other = UnixSocket.connect(file.toString(), PROBE_MILLIS)) {
      throw new EndpointException(
          EndpointError.HELD_BY_ANOTHER,
          "%s is in use: process %d listens there; end that, or choose another path"
              .formatted(settings.place(), other.peer().processId()));
    } catch (LinuxException e) {
      switch (e.errno()) {
        case Errno.ECONNREFUSED -> remove(settings, file);
        case Errno.ENOENT -> {}
        default ->
            throw new EndpointException(
                EndpointError.HELD_BY_ANOTHER,
                settings.place()
                    + " is in use, or nobody's to use: "
                    + Errno.sentence(e.errno())
                    + "; choose another path",
                e);
      }
    }
  }

  private static void remove(StreamSettings settings, Path file) throws EndpointException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new EndpointException(
          EndpointError.NO_PERMISSION,
          settings.place() + " is a socket that nobody listens to and that can't be removed: " + e,
          e);
    }
  }

  private static EndpointException cannotListen(StreamSettings settings, LinuxException cause) {
    String place = settings.place();
    return switch (cause.errno()) {
      case Errno.ENOENT, Errno.ENOTDIR ->
          failure(
              EndpointError.INVALID_CONFIGURATION, place + " lies in no folder; make it", cause);
      case Errno.EACCES, Errno.EPERM ->
          failure(
              EndpointError.NO_PERMISSION,
              place + " may not be listened at by this user; choose another",
              cause);
      case Errno.EADDRINUSE ->
          failure(
              EndpointError.HELD_BY_ANOTHER,
              place + " is in use: somebody listens there; end that, or choose another",
              cause);
      case Errno.EADDRNOTAVAIL ->
          failure(
              EndpointError.INVALID_CONFIGURATION,
              place + " is not on this machine; allowed are addresses of its interfaces",
              cause);
      case Errno.EMFILE, Errno.ENFILE ->
          failure(EndpointError.OUT_OF_DESCRIPTORS, place + " can't be listened at", cause);
      default -> failure(EndpointError.SYSTEM_CALL_FAILED, place + " can't be listened at", cause);
    };
  }

  private static EndpointException failure(
      EndpointError error, String detail, LinuxException cause) {
    return new EndpointException(error, detail + " (" + cause.getMessage() + ")", cause);
  }

  /**
   * By its type: a device or a pipe refuses a connection, too, and must not be removed for that.
   */
  private static boolean isSocket(Path file) throws IOException {
    Object mode = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return mode instanceof Integer bits && (bits & FILE_TYPE) == SOCKET_TYPE;
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static @Nullable Object fileKey(Path file) throws IOException {
    return attributes(file).fileKey();
  }

  /** The listening socket; this object owns it. */
  StreamSocket socket() {
    return socket;
  }

  /** Ends listening, and removes the file unless somebody has put another one there. */
  @Override
  public void close() {
    Path made = file;
    if (made != null) {
      try {
        if (Objects.equals(fileKey, fileKey(made))) {
          Files.deleteIfExists(made);
        }
      } catch (IOException e) {
        // It is gone, or nobody's to remove any more: either way it does not lead here.
      }
    }
    socket.close();
  }
}
