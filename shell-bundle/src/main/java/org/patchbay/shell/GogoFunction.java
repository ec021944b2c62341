package org.patchbay.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.jspecify.annotations.Nullable;

/** A command of the table as Gogo calls it. Any thread. */
final class GogoFunction implements Function {

  /** Gogo's service property for the scope of a command. */
  static final String SCOPE_PROPERTY = "osgi.command.scope";

  /** Gogo's service property for the names of the functions of a service. */
  static final String FUNCTION_PROPERTY = "osgi.command.function";

  /** The scope of our commands. */
  static final String SCOPE = "patchbay";

  private final CommandTable table;
  private final String name;

  GogoFunction(CommandTable table, String name) {
    this.table = table;
    this.name = name;
  }

  /**
   * Runs the command.
   *
   * @return the answer, which Gogo prints or pipes on; null if there is nothing to say
   * @throws CommandRefused if the command did not do what it says
   * @throws InterruptedException when interrupted
   */
  @Override
  public @Nullable Object execute(CommandSession session, List<Object> arguments)
      throws CommandRefused, InterruptedException {
    String answer = table.execute(name, arguments.stream().map(String::valueOf).toList());
    return answer.isEmpty() ? null : answer;
  }
}
