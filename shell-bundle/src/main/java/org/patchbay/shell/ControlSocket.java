package org.patchbay.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.osgi.service.log.Logger;

/**
 * Serves the commands on the unix socket {@code control.sock}.
 *
 * <p>A client sends one line of UTF-8 and ends its sending side; it gets a line {@code OK} or
 * {@code ERROR}, then the answer or the sentence, then the end of the connection. Who may connect
 * is decided by the folder, which only its owner can enter. At most {@value #MAX_CLIENTS} clients
 * are served at once, the others wait to be accepted.
 *
 * <p>It owns the socket, its file, a thread that accepts and a thread for each client.
 */
final class ControlSocket {

  /** Name of the socket in its folder. */
  static final String FILE_NAME = "control.sock";

  /** Clients at once. */
  static final int MAX_CLIENTS = 8;

  private static final String FOLDER_MODE = "rwx------";
  private static final long RETRY_MILLIS = 200;
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(3);

  private final Path file;
  private final CommandTable table;
  private final Logger logger;
  private final Duration clientLimit;
  private final ServerSocketChannel server;
  private final Semaphore slots = new Semaphore(MAX_CLIENTS);
  private final Set<Thread> clients = ConcurrentHashMap.newKeySet();
  private final AtomicLong clientNumber = new AtomicLong();
  private final Thread acceptor;
  private final CountDownLatch closing = new CountDownLatch(1);

  private ControlSocket(
      Path file,
      CommandTable table,
      Logger logger,
      Duration clientLimit,
      ServerSocketChannel server) {
    this.file = file;
    this.table = table;
    this.logger = logger;
    this.clientLimit = clientLimit;
    this.server = server;
    this.acceptor = Thread.ofPlatform().name("patchbay-control").unstarted(this::accept);
  }

  /**
   * Opens the socket and begins to serve.
   *
   * @param folder must exist, be ours and have mode 0700
   * @return the open socket, which the caller closes
   * @throws IOException with a sentence if the folder is not as it must be, if another platform
   *     serves there, or if the socket can't be made
   */
  static ControlSocket open(Path folder, CommandTable table, Logger logger) throws IOException {
    return open(folder, table, logger, ControlClient.LIMIT);
  }

  /**
   * @param clientLimit how long a client may take to send its line, and to take the answer
   */
  static ControlSocket open(Path folder, CommandTable table, Logger logger, Duration clientLimit)
      throws IOException {
    checkFolder(folder);
    Path file = folder.resolve(FILE_NAME);
    removeStale(file);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(file), MAX_CLIENTS);
    } catch (IOException e) {
      server.close();
      throw new IOException("the socket " + file + " can't be made: " + e.getMessage(), e);
    }
    ControlSocket socket = new ControlSocket(file, table, logger, clientLimit, server);
    socket.acceptor.start();
    return socket;
  }

  private static void checkFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("the folder " + folder + " does not exist or is no folder");
    }
    String mode =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS));
    if (!mode.equals(FOLDER_MODE)) {
      throw new IOException(
          "the folder "
              + folder
              + " has mode "
              + mode
              + ", but only "
              + FOLDER_MODE
              + " keeps others out; run: chmod 700 "
              + folder);
    }
    Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (!owner.equals(user)) {
      throw new IOException(
          "the folder " + folder + " belongs to user " + owner + ", but this is user " + user);
    }
  }

  /** Removes the socket of a platform that was killed. */
  private static void removeStale(Path file) throws IOException {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException(file + " is in the way and no socket; remove it");
    }
    if (answers(file)) {
      throw new IOException("another platform already serves " + file);
    }
    Files.delete(file);
  }

  private static boolean answers(Path file) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(file));
    } catch (IOException e) {
      return false; // Nobody listens: its owner is gone.
    }
  }

  private void accept() {
    try {
      while (!isClosing()) {
        slots.acquire();
        SocketChannel channel = acceptOne();
        if (channel == null) {
          slots.release();
        } else {
          serve(channel);
        }
      }
    } catch (InterruptedException e) {
      // Only close() interrupts this thread.
    }
  }

  /** The next client; null if there was none, which is worth another try unless we are closing. */
  private @Nullable SocketChannel acceptOne() throws InterruptedException {
    try {
      return server.accept();
    } catch (IOException e) {
      if (!isClosing()) {
        logger.error("The control socket {} can't accept: {}", file, e.getMessage(), e);
        // Such as no descriptors left: it passes, and must not be tried without a rest.
        boolean ended = closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
        logger.debug("Accepting on {} {}.", file, ended ? "ends" : "is tried again");
      }
      return null;
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void serve(SocketChannel channel) {
    Thread thread =
        Thread.ofPlatform()
            .name("patchbay-control-" + clientNumber.incrementAndGet())
            .unstarted(
                () -> {
                  try {
                    new ControlClient(channel, table, logger, clientLimit).run();
                  } finally {
                    clients.remove(Thread.currentThread());
                    slots.release();
                  }
                });
    clients.add(thread);
    thread.start();
  }

  /**
   * Ends the socket, removes its file and ends its threads; commands are interrupted.
   *
   * @return whether all threads have ended; false if one was abandoned after 3 seconds or the
   *     caller was interrupted meanwhile
   */
  boolean close() {
    closing.countDown();
    try {
      server.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      logger.warn("The control socket {} was not removed: {}", file, e.getMessage(), e);
    }
    acceptor.interrupt();
    long deadline = System.nanoTime() + JOIN_LIMIT.toNanos();
    try {
      if (!join(acceptor, deadline)) {
        return false;
      }
      // No client is added once the acceptor has ended.
      clients.forEach(Thread::interrupt);
      for (Thread client : clients) {
        if (!join(client, deadline)) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean join(Thread thread, long deadline) throws InterruptedException {
    return thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
  }
}
