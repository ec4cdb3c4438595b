import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** An error as clients read it. What it says to the HTTP server, by `extensions.http`, goes over no transport. */
export class ToldError extends GraphQLError {
  override toJSON(): GraphQLFormattedError {
    const { extensions: { http: _ofTheServer, ...extensions } = {}, ...told } = super.toJSON();
    return { ...told, extensions };
  }
}
