package org.patchbay.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** All commands by name. Immutable; any thread. */
final class CommandTable {

  /** Name of the command that completes lines. */
  static final String COMPLETE = "complete";

  private final SortedMap<String, Command> commands;

  /**
   * @param services what the commands work on
   * @param pause how commands wait between two looks at something
   */
  CommandTable(PlatformServices services, Pause pause) {
    List<Command> all = new ArrayList<>();
    all.addAll(new EndpointCommands(services).commands());
    all.addAll(new NicCommands(services, pause).commands());
    all.add(new StatsCommand(services, pause).command());
    all.add(new InspectCommand(services).command());
    all.add(
        new Command(
            "help",
            "[COMMAND]",
            0,
            1,
            "lists the commands, or explains one",
            "Without an argument it lists the commands.",
            this::help,
            before -> before.isEmpty() ? names() : List.of()));
    all.add(
        new Command(
            COMPLETE,
            "PREFIX",
            0,
            Integer.MAX_VALUE,
            "lists what a line that begins with PREFIX can go on with",
            "One word on a line, in place of PREFIX's last word; a blank at the end of PREFIX"
                + " asks for the next word.",
            words -> String.join("\n", candidates(String.join(" ", words))),
            Command.Completion.NONE));
    SortedMap<String, Command> byName = new TreeMap<>();
    for (Command command : all) {
      byName.put(command.name(), command);
    }
    commands = Collections.unmodifiableSortedMap(byName);
  }

  /** The commands, sorted by name. */
  Collection<Command> commands() {
    return commands.values();
  }

  /**
   * Runs a line.
   *
   * @return the answer, without a last line end
   * @throws CommandRefused if the line's command does not exist or did not do what it says
   * @throws InterruptedException when interrupted
   */
  String execute(String line) throws CommandRefused, InterruptedException {
    List<String> words = CommandLine.words(line);
    if (words.isEmpty()) {
      throw new CommandRefused("The line holds no command; " + thereAre());
    }
    if (words.getFirst().equals(COMPLETE)) {
      // The blank at the end of the line matters here.
      String rest = line.stripLeading().substring(COMPLETE.length()).stripLeading();
      List<String> argument = CommandLine.words(rest);
      return String.join("\n", candidates(argument.size() == 1 ? quoted(rest, argument) : rest));
    }
    return execute(words.getFirst(), words.subList(1, words.size()));
  }

  private static String quoted(String rest, List<String> argument) {
    return argument.getFirst().indexOf(' ') >= 0 ? argument.getFirst() : rest;
  }

  /**
   * Runs a command.
   *
   * @return the answer, without a last line end
   * @throws CommandRefused if it does not exist or did not do what it says
   * @throws InterruptedException when interrupted
   */
  String execute(String name, List<String> arguments) throws CommandRefused, InterruptedException {
    Command command = commands.get(name);
    if (command == null) {
      throw new CommandRefused("There is no command '" + name + "'; " + thereAre());
    }
    int count = arguments.size();
    if (count < command.least() || count > command.most()) {
      throw new CommandRefused(
          (count < command.least() ? "An argument is missing" : "There are too many arguments")
              + "; the usage is: "
              + command.usage());
    }
    return Printable.lines(command.action().run(arguments));
  }

  /**
   * What can take the place of the last word of an unfinished line.
   *
   * @param line the line, which may be empty; after a blank at its end comes a new word
   * @throws CommandRefused if a quote of the line has no end
   */
  List<String> candidates(String line) throws CommandRefused {
    List<String> words = CommandLine.unfinishedWords(line);
    return candidates(words, words.size() - 1);
  }

  /**
   * What can take the place of a word.
   *
   * @param words the words of a line, the command first
   * @param index of the word that is being typed
   */
  List<String> candidates(List<String> words, int index) {
    List<String> all = List.of();
    if (index == 0) {
      all = names();
    } else {
      Command command = commands.get(words.getFirst());
      if (command != null) {
        all = command.completion().next(words.subList(1, index));
      }
    }
    String prefix = words.get(index);
    return all.stream()
        .filter(word -> word.startsWith(prefix) && word.equals(Printable.line(word)))
        .sorted()
        .distinct()
        .toList();
  }

  private String help(List<String> arguments) throws CommandRefused {
    if (arguments.isEmpty()) {
      Table table = new Table();
      for (Command command : commands.values()) {
        table.row(command.usage(), command.summary());
      }
      return table.render();
    }
    Command command = commands.get(arguments.getFirst());
    if (command == null) {
      throw new CommandRefused("There is no command '" + arguments.getFirst() + "'; " + thereAre());
    }
    return command.usage() + "\n  " + command.summary() + "\n\n" + command.help();
  }

  private List<String> names() {
    return List.copyOf(commands.keySet());
  }

  private String thereAre() {
    return "the commands are: " + String.join(", ", commands.keySet());
  }
}
