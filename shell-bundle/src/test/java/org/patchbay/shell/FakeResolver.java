package org.patchbay.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.EndpointResolver;

/** A resolver that makes nothing but notes what it was asked for. */
final class FakeResolver implements EndpointResolver {

  final List<Map<String, String>> created = new ArrayList<>();
  final List<String> deleted = new ArrayList<>();

  @Override
  public List<String> types() {
    return List.of("pcap", "tap");
  }

  @Override
  public String create(String type, Map<String, String> parameters) throws EndpointException {
    if (!types().contains(type)) {
      throw new EndpointException(
          EndpointError.NO_SUCH_TYPE, "'" + type + "'; the types are: pcap, tap");
    }
    created.add(Map.copyOf(parameters));
    return parameters.getOrDefault("name", type + "0");
  }

  @Override
  public void delete(String name) throws EndpointException {
    if (!name.equals("tap1")) {
      throw new EndpointException(EndpointError.NO_SUCH_ENDPOINT, "'" + name + "'");
    }
    deleted.add(name);
  }
}
