//! From a field of the operation to a call.

use pgmutate::graphql::Response;
use pgmutate::transform::Selection;
use pgmutate::types::Uuid;
use pgmutate::{Client, Error, Mutation};
use serde_json::Value;
use tasks_contract::app::{AddTask, CompleteTask};

use crate::operation::Field;

/// A call with what was asked for of its answer.
pub(crate) struct Call {
    response_name: String,
    mutation: Task,
    selection: Selection,
}

enum Task {
    Add(AddTask),
    Complete(CompleteTask),
}

impl Call {
    /// The call that a field stands for, where it is one.
    pub(crate) fn of(field: Field) -> Result<Self, String> {
        let (mutation, contract) = match field.name.as_str() {
            "addTask" => (Task::Add(AddTask { title: field.text("title")? }), AddTask::CONTRACT),
            "completeTask" => {
                let task_id = field.text("taskId")?;
                let task_id: Uuid = task_id.parse().map_err(|_| format!("`taskId`: `{task_id}` is not a uuid"))?;
                (Task::Complete(CompleteTask { task_id }), CompleteTask::CONTRACT)
            }
            other => return Err(format!("there is no mutation `{other}`")),
        };
        let selection = contract.selection(&field.selected).map_err(|error| format!("`{}`: {error}", field.name))?;
        Ok(Self { response_name: field.response_name, mutation, selection })
    }

    /// The name under which it is answered.
    pub(crate) fn response_name(&self) -> &str {
        &self.response_name
    }

    /// Makes the call and puts its answer into the response.
    pub(crate) async fn run(&self, client: &impl Client, response: &mut Response) -> Result<(), Error> {
        let Self { response_name, mutation, selection } = self;
        match mutation {
            Task::Add(add) => response.execute(response_name, &add.selecting(selection), client).await,
            Task::Complete(complete) => response.execute(response_name, &complete.selecting(selection), client).await,
        }
    }
}

impl Field {
    fn text(&self, argument: &str) -> Result<String, String> {
        match self.arguments.get(argument) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(format!("`{}` needs the argument `{argument}`, a string", self.name)),
        }
    }
}
