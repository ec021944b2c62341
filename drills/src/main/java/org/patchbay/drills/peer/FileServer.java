package org.patchbay.drills.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * An HTTP server on this machine's loopback interface, at a port that nobody else has, with one
 * file of random bytes. Any thread.
 */
public final class FileServer {
  private static final String PATH = "/file";
  private static final int PATIENCE_SECONDS = 5;

  private final HttpServer server;
  private final byte[] file;

  private FileServer(HttpServer server, byte[] file) {
    this.server = server;
    this.file = file;
  }

  /**
   * Starts one; the cleanup ends it.
   *
   * @param length of the file, in bytes
   */
  public static FileServer start(Cleanup cleanup, int length) throws RigException {
    byte[] file = randomBytes(length);
    try {
      HttpServer http =
          HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
      ExecutorService executor =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().daemon().name("drill-http-", 0).factory());
      cleanup.add("the HTTP server's thread", () -> end(executor));
      FileServer server = new FileServer(http, file);
      http.setExecutor(executor);
      http.createContext(PATH, server::answer);
      http.start();
      cleanup.add("the HTTP server", () -> http.stop(0));
      return server;
    } catch (IOException e) {
      throw new RigException("No HTTP server can be started: " + e.getMessage(), e);
    }
  }

  private static void end(ExecutorService executor) throws InterruptedException, RigException {
    executor.shutdownNow();
    if (!executor.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new RigException("it does not end");
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, file.length);
      try (OutputStream body = exchange.getResponseBody()) {
        body.write(file);
      }
    }
  }

  /** The file's address for somebody who knows this machine as {@code host}. */
  public String address(String host) {
    return "http://" + host + ":" + server.getAddress().getPort() + PATH;
  }

  /** The SHA-256 of the file, in hexadecimal digits. */
  public String sum() throws RigException {
    return sum(file);
  }

  /** Bytes that no one can have by chance. */
  public static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new Random().nextBytes(bytes);
    return bytes;
  }

  /** The SHA-256 of bytes, in hexadecimal digits. */
  public static String sum(byte[] file) throws RigException {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    } catch (NoSuchAlgorithmException e) {
      throw new RigException("This Java has no SHA-256.", e);
    }
  }
}
