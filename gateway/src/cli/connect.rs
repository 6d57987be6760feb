//! Which server, and who is asking. A sign-in is remembered, so that it has to be given only once.

use super::{
    Failure,
    purse::{Purse, SignIn},
};
use clap::Args;
use gateway::client::{Address, Client, Error, Socket};
use schema::clock::Clock;
use serde_json::{Value, json};

const REFRESH: &str = "/api/v1/auth/token/refresh/";

/// Where the server is and who asks.
#[derive(Args, Clone)]
pub(super) struct Connect {
    /// The server's address
    #[arg(
        long,
        value_name = "URL",
        env = "ECOSYSTIA_SERVER",
        default_value = "http://127.0.0.1:8080",
        help_heading = "Connection"
    )]
    server: String,
    /// Whom to sign in; needed once
    #[arg(long, value_name = "ADDRESS", env = "ECOSYSTIA_EMAIL", help_heading = "Connection")]
    email: Option<String>,
    /// The password; needed once
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "ECOSYSTIA_PASSWORD",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    password: Option<String>,
    /// A token, instead of signing in
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ECOSYSTIA_TOKEN",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    token: Option<String>,
}

impl Connect {
    /// A socket that is signed in, and what the server said in greeting.
    pub(super) async fn socket(&self) -> Result<(Socket, Value), Failure> {
        let address: Address = self.server.parse()?;
        let token = self.token(&address).await?;
        let mut socket = Socket::connect(&address).await?;
        let hello = socket.sign_in(&token).await?;
        Ok((socket, hello))
    }

    async fn token(&self, address: &Address) -> Result<String, Failure> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let mut purse = Purse::open()?;
        let known =
            purse.get(address).filter(|known| self.email.as_ref().is_none_or(|email| *email == known.email));
        let now_ms = Clock::system().now().ms();
        if let Some(known) = known.filter(|known| known.is_fresh(now_ms)) {
            return Ok(known.access_token.clone());
        }
        let renewed = match known {
            Some(known) => renew(address, known).await?,
            None => None,
        };
        let (email, body) = match (renewed, &self.email, &self.password) {
            (Some(renewed), ..) => renewed,
            (None, Some(email), Some(password)) => {
                (email.clone(), Client::login(address.clone(), email, password).await?.1)
            }
            _ => {
                return Err(format!(
                    "you are not signed in at {address}: say --email and --password once, or set ECOSYSTIA_TOKEN"
                )
                .into());
            }
        };
        let sign_in = SignIn::read(&email, &body, now_ms).ok_or("the server's sign-in is not understood")?;
        let token = sign_in.access_token.clone();
        purse.put(address, sign_in)?;
        Ok(token)
    }
}

/// Renews a sign-in that was remembered. One that the server refuses to renew is as good as none.
async fn renew(address: &Address, known: &SignIn) -> Result<Option<(String, Value)>, Failure> {
    let Some(token) = &known.refresh_token else { return Ok(None) };
    let renewed = Client::new(address.clone()).post(REFRESH, &json!({"refresh_token": token})).await;
    match renewed {
        Ok(answer) => Ok(Some((known.email.clone(), answer.body))),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
