package org.patchbay.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogReaderService;
import org.patchbay.launcher.deploy.DeployFolder;

/**
 * Writes what bundles log to the log file, and warnings and errors to the terminal as well: one
 * line there, the whole stack trace in the file.
 *
 * <p>Entries arrive on the log service's thread.
 */
final class PlatformLog implements AutoCloseable {
  private static final long FILE_BYTES = 1024 * 1024;
  private static final int OLD_FILES = 3;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  /** The class name with which a wrapper begins its message, as the log service's do. */
  private static final Pattern WRAPPED_CLASS = Pattern.compile("^(?:\\w+\\.)+[\\w$]+: ");

  private final RotatingFile file;
  private final PrintStream terminal;
  private final AtomicBoolean fileFailed = new AtomicBoolean();
  private volatile boolean ending;

  PlatformLog(Path file, PrintStream terminal) throws IOException {
    this.file = new RotatingFile(file, FILE_BYTES, OLD_FILES);
    this.terminal = terminal;
  }

  /**
   * Listens to the log service as soon as there is one, now or after a restart of its bundle.
   *
   * @param context the system bundle's context
   */
  void attach(BundleContext context) {
    try {
      context.addServiceListener(
          event -> {
            if (event.getType() == ServiceEvent.REGISTERED) {
              listen(context, event.getServiceReference());
            }
          },
          "(objectClass=" + LogReaderService.class.getName() + ")");
    } catch (InvalidSyntaxException e) {
      throw new AssertionError("the filter is a constant", e);
    }
  }

  private void listen(BundleContext context, ServiceReference<?> reference) {
    // The service is got by the system bundle and given back by the framework when it leaves.
    if (context.getService(reference) instanceof LogReaderService reader) {
      reader.addLogListener(this::write);
    }
  }

  /**
   * Keeps warnings off the terminal from now on: services that miss each other are the normal end.
   */
  void platformEnds() {
    ending = true;
  }

  /** Writes an entry; called by the log service, and by tests. */
  void write(LogEntry entry) {
    if (String.valueOf(entry.getLoggerName()).startsWith("Events.Service")) {
      // Each service's coming and going: hundreds of lines that say nothing to an operator.
      return;
    }
    write(
        Instant.ofEpochMilli(entry.getTime()),
        entry.getLogLevel(),
        source(entry),
        entry.getMessage(),
        entry.getException());
  }

  /** Writes something that the launcher itself has to say. */
  void write(LogLevel level, String message, @Nullable Throwable thrown) {
    write(Instant.now(), level, "launcher", message, thrown);
  }

  /** Where the folder of deployed bundles reports. */
  DeployFolder.Report deployments() {
    return new DeployFolder.Report() {
      @Override
      public void warning(String sentence) {
        write(Instant.now(), LogLevel.WARN, "deploy", sentence, null);
      }

      @Override
      public void info(String sentence) {
        write(Instant.now(), LogLevel.INFO, "deploy", sentence, null);
      }
    };
  }

  private void write(
      Instant time,
      LogLevel level,
      String source,
      @Nullable String message,
      @Nullable Throwable thrown) {
    String text = message == null ? "" : message.strip();
    if (level == LogLevel.ERROR || (level == LogLevel.WARN && !ending)) {
      terminal.println(
          (level == LogLevel.ERROR ? "error: " : "warning: ")
              + text
              + causes(text, thrown)
              + " ["
              + source
              + "]");
    }
    StringBuilder line = new StringBuilder(160);
    line.append(TIME.format(time)).append(' ').append(level.name());
    line.append(' ').append(source).append(": ").append(text).append('\n');
    if (thrown != null) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace, true));
      line.append(trace);
    }
    try {
      file.append(line.toString());
    } catch (UncheckedIOException e) {
      if (fileFailed.compareAndSet(false, true)) {
        terminal.println("warning: The log file cannot be written: " + e.getMessage());
      }
    }
  }

  /** The messages of an exception and its causes that the text does not say already. */
  private static String causes(String text, @Nullable Throwable thrown) {
    StringBuilder causes = new StringBuilder();
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < 5; depth++, cause = cause.getCause()) {
      String message = cause.getMessage();
      String said =
          message == null
              ? cause.getClass().getSimpleName()
              : WRAPPED_CLASS.matcher(message.strip()).replaceFirst("");
      if (!text.contains(said) && causes.indexOf(said) < 0) {
        causes.append(": ").append(said);
      }
    }
    return causes.toString();
  }

  private static String source(LogEntry entry) {
    Bundle bundle = entry.getBundle();
    String name = bundle == null ? null : bundle.getSymbolicName();
    return name == null ? String.valueOf(entry.getLoggerName()) : name;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
